using ActorReplication.Cluster.Writes;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Node.Gateway;

/// <summary>An interactive transaction under a commit token: either it is made, and what its statements did is noted, or it was committed before and is answered from what was kept.</summary>
internal sealed class TokenWork(string token, CommitRecord? known)
{
    private readonly List<StatementSummary> _made = [];
    private readonly TokenReplay? _replay = known is null ? null : new TokenReplay(known);

    public string Token => token;

    /// <summary>Nothing is to be executed any more but reads.</summary>
    public bool IsReplay => _replay is not null;

    public CommitRecord Record => new(token, _made);

    public static UInt128 DigestOf(StatementCall statement) => StatementSummary.DigestOf(statement.Work.Span);

    /// <summary>One transaction's calls in the form that the write gate takes; null without a token.</summary>
    public static CommitToken? Of(string? token, IReadOnlyList<StatementCall> statements) =>
        token is null ? null : new CommitToken(token, [.. statements.Select(s => s.ReadOnly ? (UInt128?)null : DigestOf(s))]);

    public StatementOutcome Replay(StatementCall statement)
    {
        var outcome = _replay!.Next(DigestOf(statement), statement.Sink is not null);
        return new StatementOutcome(ErrorMap.OfStatement(outcome.Failure, statement.Sql), outcome.AffectedRows, outcome.RowCount);
    }

    /// <summary>Null: it was the same transaction as then.</summary>
    public BackendError? EndOfReplay() => ErrorMap.OfStatement(_replay!.End(), "COMMIT");

    /// <summary>Null, or why there may be no more.</summary>
    public BackendError? RefuseMore() => _made.Count < CommitRecord.MostStatements ? null : TooMany;

    public static BackendError TooMany => new BackendError.TooLarge($"a transaction with a commit token has at most {CommitRecord.MostStatements} writing statements");

    /// <summary>It ended in the client's own exception and was undone: asked for again, it fails too.</summary>
    public void NoteThrown(StatementCall statement) => _made.Add(new StatementSummary(DigestOf(statement), -1, 0));

    public void Note(StatementCall statement, in SqlOutcome outcome) =>
        _made.Add(new StatementSummary(DigestOf(statement), outcome.Failure is { } failure ? -Math.Max(1, failure.ExtendedCode) : outcome.AffectedRows, outcome.RowCount));
}
