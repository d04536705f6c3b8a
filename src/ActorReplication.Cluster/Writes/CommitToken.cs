using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster.Writes;

/// <summary>Makes a one-shot transaction happen once, however often it is asked for: see <see cref="CommitRecord"/>.</summary>
/// <param name="Work">For each of the request's calls the digest of what it does; null for one that only reads: it runs again, and is not kept.</param>
public sealed record CommitToken(string Name, IReadOnlyList<UInt128?> Work)
{
    internal CommitRecord RecordOf(IReadOnlyList<SqlOutcome> outcomes)
    {
        var statements = new List<StatementSummary>(Work.Count);
        for (var i = 0; i < Work.Count; i++)
            if (Work[i] is { } work) statements.Add(new StatementSummary(work, outcomes[i].AffectedRows, outcomes[i].RowCount));
        return new CommitRecord(Name, statements);
    }
}
