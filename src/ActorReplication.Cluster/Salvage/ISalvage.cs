namespace ActorReplication.Cluster.Salvage;

/// <summary>What was cut from this node's log because the cluster went on without it, and how it is put back. Thread-safe.</summary>
public interface ISalvage
{
    IReadOnlyList<SalvageSummary> List();

    /// <summary>A file's text as it stands, sound or not.</summary>
    /// <exception cref="SalvageException">There is no such file.</exception>
    string Read(string name);

    /// <exception cref="SalvageException">There is no such file.</exception>
    void Drop(string name);

    /// <summary>On the leader: puts a file's changes back, as one transaction.</summary>
    /// <param name="skipConflicts">Leaves out the salvaged transactions in which something is in the way; else nothing at all is done then.</param>
    /// <exception cref="SalvageException">The file was edited or is another cluster's; or this node does not lead.</exception>
    Task<SalvageOutcome> ApplyAsync(string text, bool skipConflicts, CancellationToken cancellation);
}

/// <param name="Problem">Why the file is of no use; null: it is as it was written.</param>
public sealed record SalvageSummary(string Name, long Bytes, DateTimeOffset Written, long Term, long From, long To, int Transactions, int Changes, string? Problem);

/// <param name="IsDone">False: there were conflicts, and nothing was changed.</param>
/// <param name="PutBack">Changes made; <paramref name="AlreadyThere"/>: changes whose result stood there already.</param>
public sealed record SalvageOutcome(bool IsDone, int Transactions, int PutBack, int AlreadyThere, IReadOnlyList<SalvageConflict> Conflicts);

public sealed record SalvageConflict(long Term, long Index, string Table, string Key, string What);
