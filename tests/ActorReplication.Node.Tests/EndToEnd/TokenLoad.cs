using System.Collections.Concurrent;
using Npgsql;

namespace ActorReplication.Node.Tests.EndToEnd;

/// <summary>Clients that count, each commit under a token of its own, asked for again and again until it is answered: alone, or in a transaction block. A second effect would
/// show: nothing in the table is unique.</summary>
internal sealed class TokenLoad : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<string> _done = [];
    private readonly Task[] _clients;
    private long _retries;
    private long _replays;
    private string _last = "nothing went wrong yet";

    private TokenLoad(string connection, int clients)
    {
        _source = NpgsqlDataSource.Create(connection);
        _clients = [.. Enumerable.Range(0, clients).Select(c => Task.Run(() => CountAsync(c)))];
    }

    public static async Task<TokenLoad> StartAsync(string connection, int clients)
    {
        await using (var source = NpgsqlDataSource.Create(connection))
        {
            await WriteLoad.PatientlyAsync(async () =>
            {
                await using var create = source.CreateCommand("DROP TABLE IF EXISTS counted; CREATE TABLE counted (client int NOT NULL, token text NOT NULL)");
                await create.ExecuteNonQueryAsync();
            });
        }
        return new TokenLoad(connection, clients);
    }

    /// <summary>Tokens whose commit was answered.</summary>
    public IReadOnlyCollection<string> Done => [.. _done];

    /// <summary>How often a client had to ask again.</summary>
    public long Retries => Interlocked.Read(ref _retries);

    /// <summary>How often what was asked for again was answered by its token: such a commit has no receipt in its session.</summary>
    public long Replays => Interlocked.Read(ref _replays);

    public async Task MoreAsync(int commits)
    {
        var goal = _done.Count + commits;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (_done.Count < goal)
        {
            if (patience.IsCancellationRequested) throw new TimeoutException($"no {commits} more commits were answered; {_last}");
            await Task.Delay(5);
        }
    }

    /// <summary>Every commit that was begun is carried to its answer.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_clients).WaitAsync(TimeSpan.FromSeconds(120));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAny(Task.WhenAll(_clients), Task.Delay(TimeSpan.FromSeconds(30)));
        await _source.DisposeAsync();
        _stop.Dispose();
    }

    private async Task CountAsync(int client)
    {
        for (var n = 1; !_stop.IsCancellationRequested; n++)
        {
            var token = $"{client}-{n}";
            for (var isRetry = false; ; isRetry = true)
            {
                try
                {
                    await using var connection = await _source.OpenConnectionAsync(CancellationToken.None);
                    await OnceAsync(connection, client, token, inBlock: n % 3 == 0);
                    _done.Add(token);
                    if (isRetry) await NoteReplayAsync(connection);
                    break;
                }
                catch (Exception e) when (e is NpgsqlException or TimeoutException)
                {
                    Interlocked.Increment(ref _retries);
                    _last = $"{token}: {e.Message}";
                    await Task.Delay(10);
                }
            }
        }
    }

    /// <summary>The session goes on where it was: had the node stopped leading, it would have been ended.</summary>
    private async Task NoteReplayAsync(NpgsqlConnection connection)
    {
        try
        {
            await using var command = new NpgsqlCommand("SELECT replication.last_commit()", connection);
            if (await command.ExecuteScalarAsync(CancellationToken.None) is DBNull) Interlocked.Increment(ref _replays);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            // Not known, then.
        }
    }

    private static async Task OnceAsync(NpgsqlConnection connection, int client, string token, bool inBlock)
    {
        if (!inBlock)
        {
            await RunAsync(connection, $"SET replication.commit_token = '{token}'");
            await InsertAsync(connection, client, token);
            return;
        }
        await RunAsync(connection, "BEGIN");
        await RunAsync(connection, $"SET LOCAL replication.commit_token = '{token}'");
        await InsertAsync(connection, client, token);
        await RunAsync(connection, "COMMIT");
    }

    private static async Task InsertAsync(NpgsqlConnection connection, int client, string token)
    {
        await using var command = new NpgsqlCommand("INSERT INTO counted (client, token) VALUES ($1, $2)", connection)
        {
            Parameters = { new NpgsqlParameter<int> { TypedValue = client }, new NpgsqlParameter<string> { TypedValue = token } },
        };
        if (await command.ExecuteNonQueryAsync(CancellationToken.None) != 1) throw new InvalidOperationException($"{token}: not one row");
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }
}
