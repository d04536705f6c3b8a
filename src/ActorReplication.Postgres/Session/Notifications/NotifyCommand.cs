using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Session.Notifications;

/// <summary>Carries out LISTEN, UNLISTEN and NOTIFY, and SELECT pg_notify(…).</summary>
internal sealed class NotifyCommand(SessionContext session, StatementExecutor executor)
{
    public async ValueTask ListenAsync(string channel)
    {
        await executor.DrainAsync().ConfigureAwait(false);
        await session.Mailbox.ListenAsync(channel, session.Connection.Closed).ConfigureAwait(false);
        session.Output.CommandComplete("LISTEN");
    }

    public async ValueTask UnlistenAsync(string? channel)
    {
        await executor.DrainAsync().ConfigureAwait(false);
        session.Mailbox.Unlisten(channel);
        session.Output.CommandComplete("UNLISTEN");
    }

    public async ValueTask NotifyAsync(string channel, string payload)
    {
        session.Rights.RequireNotify();
        await executor.DrainAsync().ConfigureAwait(false);
        await RequireLeaderAsync().ConfigureAwait(false);
        session.Mailbox.Say(channel, payload);
        session.Output.CommandComplete("NOTIFY");
    }

    /// <summary>A query of channels and payloads, of which the client sees a row without a value for each.</summary>
    public async ValueTask RunAsync(Portal portal)
    {
        session.Rights.RequireNotify();
        await executor.DrainAsync().ConfigureAwait(false);
        await RequireLeaderAsync().ConfigureAwait(false);
        var sink = new Pairs();
        await executor.RunInsideAsync(portal, sink).ConfigureAwait(false);
        foreach (var (channel, payload) in sink.Found) session.Mailbox.Say(channel, payload);
        foreach (var _ in sink.Found) RowSink.WriteTextRow(session.Output, portal.Shape!, portal.ResultFormats, [""], session.Settings.Format);
        session.Output.CommandComplete("SELECT", sink.Found.Count, insert: false);
    }

    /// <summary>The commit will take the notifications into the log: there has to be a transaction, on the leader.</summary>
    private ValueTask RequireLeaderAsync()
    {
        if (session.Node.Role == NodeRole.Follower) throw new PgException(new PgError(SqlStates.ReadOnlySqlTransaction, "cannot execute NOTIFY during recovery") { Hint = session.Node.Leader is { } leader ? $"The leader is {leader}." : null });
        return executor.OpenAsync();
    }

    private sealed class Pairs : ISessionSink
    {
        private long _bytes;

        public List<(string Channel, string Payload)> Found { get; } = [];
        public PgError? Failure { get; private set; }

        public void Start(IResultRow columns)
        {
            Found.Clear();
            _bytes = 0;
        }

        public void Row(IResultRow row)
        {
            var (channel, payload) = (Text(row, 0), Text(row, 1));
            _bytes += channel.Length + payload.Length;
            // Rows are kept until the statement ends, so they are limited as what the transaction says is.
            if (Found.Count >= Mailbox.MostSaid || _bytes > Mailbox.MostSaidBytes)
            {
                Failure = Mailbox.TooMuch();
                throw new DialectException(Failure.SqlState, Failure.Message);
            }
            Found.Add((channel, payload));
        }

        private static string Text(IResultRow row, int column)
        {
            if (row.Kind(column) == SqlKind.Null) return "";
            var output = new OutputBuffer(64);
            Types.EngineValue.Of(row, column).WriteAsText(output);
            var text = System.Text.Encoding.UTF8.GetString(output.Written.Span);
            output.Release();
            return text;
        }
    }
}
