using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster.Writes;

/// <summary>Answers a transaction whose token was committed before, statement by statement, from what was kept of it. Nothing is executed.</summary>
public sealed class TokenReplay(CommitRecord known)
{
    private const string Spent = "55000";
    private int _next;

    /// <param name="wantsRows">The statement returns rows to its client: those were not kept.</param>
    public SqlOutcome Next(UInt128 work, bool wantsRows)
    {
        if (known.Unreadable is { } problem) return Unreadable(problem);
        var number = _next++;
        if (number >= known.Statements.Count || known.Statements[number].Work != work)
            return Failed($"statement {number + 1} is another one than that transaction's");
        var statement = known.Statements[number];
        if (statement.Failed)
            return new SqlOutcome(new SqlFailure((int)-statement.Affected, "the statement failed when the transaction with this commit token was first made, and is not run again"), 0, 0, false);
        if (wantsRows && statement.Rows > 0)
            return Failed($"the {statement.Rows} rows that statement {number + 1} returned then are not kept: look them up");
        return new SqlOutcome(null, statement.Affected, statement.Rows, false);
    }

    /// <summary>At the transaction's end: null if it was the same one as then.</summary>
    public SqlFailure? End() => known.Unreadable is { } problem ? Unreadable(problem).Failure
        : _next == known.Statements.Count ? null
        : Failed($"it had {known.Statements.Count} writing statements, and this one has {_next}").Failure;

    private SqlOutcome Unreadable(string problem) => Failed($"what its statements did cannot be read any more ({problem}): look up what it did");

    private SqlOutcome Failed(string why) =>
        new(new SqlFailure(1, $"a transaction with commit token \"{known.Token}\" was committed before; {why}. Nothing was done", SqlState: Spent), 0, 0, false);
}
