using System.Globalization;
using ActorReplication.Node.Tests.Histories;
using Npgsql;

namespace ActorReplication.Node.Tests.Nemesis.Clients;

/// <summary>Transactions that read and append to several lists, SERIALIZABLE on the leader; and some that only read, on any node, from its own state.</summary>
internal sealed class ListClient(int number, Endpoints endpoints, Recorder recorder, int seed) : Client(number, endpoints, recorder, seed)
{
    private const int Keys = 5, TransactionsPerKeys = 80;

    public const string Schema = "CREATE TABLE lists (k bigint PRIMARY KEY, v text NOT NULL)";

    private int _transactions;

    protected override async Task OnceAsync(Session session)
    {
        var isLocal = Random.Next(5) == 0;
        if (isLocal) session.SeekAnybody();
        else session.SeekLeader();
        var planned = Plan(isLocal);
        var (done, invoked) = (new List<ListOp>(), Recorder.Now);
        var outcome = await session.RunAsync((connection, stage) => RunAsync(connection, stage, planned, isLocal, done));
        var transaction = new ListTransaction(Recorder.NextTransaction(), Number, outcome, outcome == Outcome.Ok ? done : planned, invoked, Recorder.Now, !isLocal);
        Recorder.Count(outcome);
        Recorder.Lists.Enqueue(transaction);
        if (outcome == Outcome.Ok && planned.Any(o => o is ListOp.Append)) NoteWrite(session, invoked);
    }

    private List<ListOp> Plan(bool isLocal)
    {
        var first = _transactions++ / TransactionsPerKeys * Keys;
        return [.. Enumerable.Range(0, Random.Next(1, 5)).Select(_ =>
        {
            var key = first + Random.Next(Keys);
            return isLocal || Random.Next(2) == 0 ? (ListOp)new ListOp.Read(key, null) : new ListOp.Append(key, Recorder.NextValue());
        })];
    }

    private static async Task RunAsync(NpgsqlConnection connection, Stage stage, List<ListOp> planned, bool isLocal, List<ListOp> done)
    {
        try
        {
            await Session.RunAsync(connection, isLocal ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL replication.read_consistency = 'local'" : "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL replication.read_consistency = 'linearizable'");
            foreach (var op in planned) done.Add(await StepAsync(connection, op));
        }
        catch (PostgresException)
        {
            if (connection.State == System.Data.ConnectionState.Open) await Session.RunAsync(connection, "ROLLBACK");
            throw;
        }
        stage.BeginEffect();
        await Session.RunAsync(connection, "COMMIT");
    }

    private static async Task<ListOp> StepAsync(NpgsqlConnection connection, ListOp op)
    {
        if (op is ListOp.Append append)
        {
            await Session.RunAsync(connection, "INSERT INTO lists VALUES ($1, $2) ON CONFLICT (k) DO UPDATE SET v = lists.v || ',' || excluded.v", append.Key, append.Element.ToString(CultureInfo.InvariantCulture));
            return op;
        }
        return new ListOp.Read(op.Key, Parse(await Session.QueryAsync<string>(connection, "SELECT v FROM lists WHERE k = $1", op.Key)));
    }

    public static IReadOnlyList<long> Parse(List<string> rows) => rows is [var list] ? [.. list.Split(',').Select(e => long.Parse(e, CultureInfo.InvariantCulture))] : [];
}
