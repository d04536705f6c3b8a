using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Session;

/// <summary>The values that go to the engine's parameters: the client's, in the order the translated text names them, and the session's own.</summary>
internal static class SlotValues
{
    public static ReadOnlyMemory<SqlValue> Resolve(Portal portal, SessionContext session)
    {
        var slots = portal.Plan!.Translation.Slots;
        if (slots.Count == 0) return default;
        if (portal.Plan.BindsParametersInOrder) return portal.Parameters;
        var values = new SqlValue[slots.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = slots[i] switch
            {
                ParameterSlot.Client client => portal.Parameters[client.Index],
                ParameterSlot.Session own => Of(own.Value, session),
                _ => SqlValue.Null,
            };
        }
        return values;
    }

    private static SqlValue Of(SessionValue value, SessionContext session) => value switch
    {
        SessionValue.TransactionTime => Timestamp(session.Transaction.Time),
        SessionValue.StatementTime => Timestamp(session.Server.Clock.GetUtcNow()),
        SessionValue.User => SqlValue.Text(session.User),
        SessionValue.Database => SqlValue.Text(session.Database),
        SessionValue.BackendPid => SqlValue.Of(session.ProcessId),
        SessionValue.ApplicationName => SqlValue.Text(session.Settings.Find("application_name") ?? ""),
        SessionValue.ClientAddress => session.Connection.RemoteAddress is { } address ? SqlValue.Text(address.ToString()) : SqlValue.Null,
        SessionValue.LastCommit => session.LastCommit is { } receipt ? SqlValue.Text(receipt) : SqlValue.Null,
        SessionValue.ListeningChannels => SqlValue.Text(System.Text.Json.JsonSerializer.Serialize(session.Mailbox.Channels)),
        _ => SqlValue.Null,
    };

    /// <summary>In the engine's form of timestamptz.</summary>
    private static SqlValue Timestamp(DateTimeOffset time)
    {
        var micros = (time.UtcTicks - new DateTime(2000, 1, 1).Ticks) / 10;
        var output = new OutputBuffer(64);
        DateTimeText.WriteTimestamp(micros, 0, output);
        var value = SqlValue.Utf8(output.Written.ToArray());
        output.Release();
        return value;
    }
}
