using ActorReplication.Node.Tests.Histories;
using Npgsql;

namespace ActorReplication.Node.Tests.Nemesis.Clients;

/// <summary>Moves money between accounts, and looks at all of them, on whatever node.</summary>
internal sealed class BankClient(int number, Endpoints endpoints, Recorder recorder, int seed) : Client(number, endpoints, recorder, seed)
{
    public const int Accounts = 8, Total = 800;

    public const string Schema = "CREATE TABLE accounts (id bigint PRIMARY KEY, balance bigint NOT NULL CHECK (balance >= 0))";
    public const string Filling = "INSERT INTO accounts VALUES (1,100),(2,100),(3,100),(4,100),(5,100),(6,100),(7,100),(8,100)";
    public const string Look = "SELECT balance FROM accounts ORDER BY id";

    protected override async Task OnceAsync(Session session)
    {
        if (Random.Next(2) == 0) await LookAsync(session);
        else await MoveAsync(session);
    }

    private async Task LookAsync(Session session)
    {
        session.SeekAnybody();
        List<long> balances = [];
        var outcome = await session.RunAsync(async (connection, _) => balances = await Session.QueryAsync<long>(connection, Look));
        Recorder.Count(outcome);
        if (outcome == Outcome.Ok) Recorder.Bank.Enqueue(new BankRead(Number, NemesisCluster.NameOf(session.Node), balances));
    }

    private async Task MoveAsync(Session session)
    {
        session.SeekLeader();
        long from = Random.Next(1, Accounts + 1), to = Random.Next(1, Accounts + 1), amount = Random.Next(1, 30);
        var invoked = Recorder.Now;
        var outcome = await session.RunAsync((connection, stage) => MoveAsync(connection, stage, from, to, amount));
        Recorder.Count(outcome);
        if (outcome == Outcome.Ok) NoteWrite(session, invoked);
    }

    private static async Task MoveAsync(NpgsqlConnection connection, Stage stage, long from, long to, long amount)
    {
        try
        {
            await Session.RunAsync(connection, "BEGIN ISOLATION LEVEL SERIALIZABLE");
            // What it has read decides what it writes.
            var balance = (await Session.QueryAsync<long>(connection, "SELECT balance FROM accounts WHERE id = $1", from))[0];
            await Session.RunAsync(connection, "UPDATE accounts SET balance = $2 WHERE id = $1", from, balance - Math.Min(amount, balance));
            await Session.RunAsync(connection, "UPDATE accounts SET balance = balance + $2 WHERE id = $1", to, Math.Min(amount, balance));
        }
        catch (PostgresException)
        {
            if (connection.State == System.Data.ConnectionState.Open) await Session.RunAsync(connection, "ROLLBACK");
            throw;
        }
        stage.BeginEffect();
        await Session.RunAsync(connection, "COMMIT");
    }
}
