using ActorReplication.Node.Tests.Histories;

namespace ActorReplication.Node.Tests.Nemesis.Clients;

/// <summary>Reads, writes and swaps values under keys. Its reads ask for linearizability on any node; or, with <paramref name="byDefault"/>, for nothing, on a session that was on the leader when it
/// began.</summary>
internal sealed class RegisterClient(int number, Endpoints endpoints, Recorder recorder, int seed, bool byDefault) : Client(number, endpoints, recorder, seed)
{
    /// <summary>So many keys at a time; after so many operations of one client it goes on to others.</summary>
    private const int Keys = 4, OpsPerKeys = 60;

    public const string Schema = "CREATE TABLE registers (k bigint PRIMARY KEY, v bigint NOT NULL)";

    private readonly Dictionary<long, long> _known = [];
    private int _ops;

    protected override string Greeting => byDefault ? "" : "SET replication.read_consistency = 'linearizable'";

    protected override async Task OnceAsync(Session session)
    {
        var key = _ops++ / OpsPerKeys * Keys + Random.Next(Keys);
        switch (Random.Next(10))
        {
            case < 5:
                await ReadAsync(session, key);
                break;
            case < 8:
                await WriteAsync(session, key);
                break;
            default:
                await SwapAsync(session, key);
                break;
        }
    }

    private async Task ReadAsync(Session session, long key)
    {
        if (byDefault || Random.Next(3) > 0) session.SeekLeader();
        else session.SeekAnybody();
        var (invoked, value) = (Recorder.Now, (long?)null);
        var outcome = await session.RunAsync(async (connection, stage) =>
        {
            stage.BeginEffect();
            // What the session was told when it began is what it goes by.
            if (byDefault && connection.PostgresParameters.GetValueOrDefault("in_hot_standby") != "off") throw new TimeoutException("not the leader");
            value = (await Session.QueryAsync<long>(connection, "SELECT v FROM registers WHERE k = $1", key)) is [var found] ? found : null;
        });
        if (outcome == Outcome.Ok && value is { } v) _known[key] = v;
        Add(new RegisterOp(Number, key, RegisterAction.Read, value, invoked, Recorder.Now, outcome));
    }

    private async Task WriteAsync(Session session, long key)
    {
        session.SeekLeader();
        var (invoked, value) = (Recorder.Now, Recorder.NextValue());
        var outcome = await session.RunAsync(async (connection, stage) =>
        {
            stage.BeginEffect();
            await Session.RunAsync(connection, "INSERT INTO registers VALUES ($1, $2) ON CONFLICT (k) DO UPDATE SET v = excluded.v", key, value);
        });
        Add(new RegisterOp(Number, key, RegisterAction.Write, value, invoked, Recorder.Now, outcome));
        if (outcome == Outcome.Ok) NoteWrite(session, invoked);
    }

    private async Task SwapAsync(Session session, long key)
    {
        session.SeekLeader();
        var (invoked, value, rows) = (Recorder.Now, Recorder.NextValue(), 0);
        var expected = _known.GetValueOrDefault(key, -1);
        var outcome = await session.RunAsync(async (connection, stage) =>
        {
            stage.BeginEffect();
            rows = await Session.RunAsync(connection, "UPDATE registers SET v = $2 WHERE k = $1 AND v = $3", key, value, expected);
        });
        Add(new RegisterOp(Number, key, RegisterAction.Cas, value, invoked, Recorder.Now, outcome, expected, rows == 1));
        if (outcome == Outcome.Ok && rows == 1) NoteWrite(session, invoked);
    }

    private void Add(RegisterOp op)
    {
        Recorder.Count(op.Outcome);
        Recorder.Registers.Enqueue(op);
    }
}
