using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Session;

/// <summary>Portals as the calls that the backend runs: the translated text, its values, and under a commit token the digest of what the client asked for.</summary>
internal sealed class StatementCalls(SessionContext session)
{
    private bool HasToken => session.Settings.Options.CommitToken is not null;

    /// <summary>All calls of a portal, in order.</summary>
    public void AddTo(List<StatementCall> calls, Portal portal, RowSink? sink)
    {
        foreach (var before in portal.Plan!.Translation.Before) calls.Add(Before(before));
        calls.Add(Of(portal, sink));
    }

    /// <summary>What a translation has to have run first.</summary>
    public StatementCall Before(string sql) => new(sql, ReadOnlyMemory<SqlValue>.Empty, null, ReadOnly: false, PointRead: false)
    {
        Work = HasToken ? WorkDigest.Of(sql, []) : default,
    };

    /// <exception cref="PgException">See <see cref="RequireNoToken"/>.</exception>
    public StatementCall Of(Portal portal, IResultSink? sink)
    {
        var translation = portal.Plan!.Translation;
        RequireNoToken(translation);
        return new StatementCall(translation.Sql!, SlotValues.Resolve(portal, session), sink, translation.ReadOnly, translation.PointRead, translation.Catalog)
        {
            Lock = translation.Lock,
            Work = HasToken && !translation.ReadOnly ? WorkDigest.Of(portal.Statement.Statement!.Parsed.Text, portal.Parameters) : default,
        };
    }

    /// <summary>A statement is translated against the schema of now, before its token is looked up: the same CREATE TABLE is another statement, or an error, the second time.</summary>
    /// <exception cref="PgException">It changes the schema, and a token is set.</exception>
    public void RequireNoToken(Translation translation)
    {
        if (!translation.ChangesSchema || !HasToken) return;
        throw new PgException(new PgError(SqlStates.FeatureNotSupported, "the schema cannot be changed under a commit token")
        {
            Hint = "RESET replication.commit_token first, and write the change so that it can be made twice: IF NOT EXISTS, IF EXISTS.",
        });
    }
}
