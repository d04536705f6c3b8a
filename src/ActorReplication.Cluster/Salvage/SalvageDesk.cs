using ActorReplication.Cluster.Writes;
using ActorReplication.Core;

namespace ActorReplication.Cluster.Salvage;

/// <summary>See <see cref="ISalvage"/>.</summary>
internal sealed class SalvageDesk(SalvageStore store, IWriteGate gate, Func<ClusterId> cluster) : ISalvage
{
    private const int GatePatienceMs = 30_000;

    public IReadOnlyList<SalvageSummary> List() => store.List();

    public string Read(string name) => store.Read(name);

    public void Drop(string name) => store.Drop(name);

    public async Task<SalvageOutcome> ApplyAsync(string text, bool skipConflicts, CancellationToken cancellation)
    {
        var file = SalvageFile.Read(text);
        if (file.Cluster != cluster()) throw new SalvageException($"the file is of cluster {file.Cluster}, this one is {cluster()}");
        var (status, transaction) = await gate.AcquireAsync(Environment.TickCount64 + GatePatienceMs, 0, null).ConfigureAwait(false);
        if (transaction is null)
            throw new SalvageException(status == WriteStatus.NotLeader ? "this node does not lead any more: try again" : "the leader is too busy with other transactions: try again");
        await using (transaction.ConfigureAwait(false))
        {
            var outcome = await new SalvageApply(transaction).RunAsync(file, skipConflicts).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
            if (!outcome.IsDone || outcome.PutBack == 0) return outcome;
            var committed = await transaction.CommitAsync(AckLevel.Committed).ConfigureAwait(false);
            return committed.Status switch
            {
                WriteStatus.Committed => outcome,
                WriteStatus.StatementFailed => throw new SalvageException($"nothing was put back: {(committed.Statements is { Count: > 0 } s ? s[^1].Failure?.Message : "a constraint failed")}"),
                WriteStatus.OutcomeUnknown => throw new SalvageException("leadership was lost at the end, and it may or may not have been put back: apply it again, what stands there already is left alone"),
                _ => throw new SalvageException("leadership was lost; nothing was put back: try again"),
            };
        }
    }
}
