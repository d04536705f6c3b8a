using System.Diagnostics;
using Npgsql;

namespace ActorReplication.Benchmarks;

/// <summary>The client of failover.sh: says "ready" when its writes flow, goes on until its standard input ends, then tells the longest time between two acknowledged
/// writes. It holds a connection to one node; when that refuses or is silent for a second it asks the next in turn.</summary>
/// <remarks>Not Npgsql's own list of hosts: on a host that is silent that waits for several things after another (a state query on an idle connection without a limit
/// of its own, a cancellation of the statement given up, the connection), and what is measured here is the server.</remarks>
internal sealed class GapClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly string[] _hosts;
    private readonly string _table;
    private readonly Dictionary<string, int> _failures = [];
    private NpgsqlConnection? _connection;
    private int _host;
    private long _rows;
    private long _longest;
    private long _lastAt;

    private GapClient(string hosts, string table) => (_hosts, _table) = (hosts.Split(','), table);

    public static async Task<int> RunAsync(string hosts, string table)
    {
        using var client = new GapClient(hosts, table);
        await client.UntilDoneAsync($"CREATE TABLE IF NOT EXISTS {table} (id bigint NOT NULL)");
        for (var id = 0; id < 200; id++) await client.InsertAsync();
        client._longest = 0;
        Console.WriteLine("ready");
        // The console's own asynchronous calls are not.
        var end = Task.Run(Console.In.ReadToEnd);
        while (!end.IsCompleted) await client.InsertAsync();
        var failures = string.Join(", ", client._failures.Select(f => $"{f.Key} x{f.Value}"));
        Console.WriteLine($"longest gap {TimeSpan.FromMilliseconds(client._longest).TotalMilliseconds:0} ms, {client._rows} rows acknowledged, refused meanwhile: {failures}");
        return 0;
    }

    public void Dispose() => Leave();

    private async Task InsertAsync()
    {
        await UntilDoneAsync($"INSERT INTO {_table} (id) VALUES ({_rows})");
        var now = Stopwatch.GetTimestamp();
        if (_rows > 0) _longest = Math.Max(_longest, (long)Stopwatch.GetElapsedTime(_lastAt, now).TotalMilliseconds);
        _lastAt = now;
        _rows++;
    }

    private async Task UntilDoneAsync(string sql)
    {
        while (true)
        {
            try
            {
                await OnceAsync(sql).WaitAsync(Patience);
                return;
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                var kind = e is PostgresException p ? p.SqlState : (e.InnerException ?? e).GetType().Name;
                _failures[kind] = _failures.GetValueOrDefault(kind) + 1;
                Leave();
                _host = (_host + 1) % _hosts.Length;
                // A client that is turned away at once must not spin.
                await Task.Delay(5);
            }
        }
    }

    private async Task OnceAsync(string sql)
    {
        var connection = _connection ??= new NpgsqlConnection($"Host={_hosts[_host]};Username=postgres;Database=postgres;Pooling=false;Timeout=2;Command Timeout=2");
        if (connection.State == System.Data.ConnectionState.Closed) await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Closing a connection waits for the statement on it: whoever comes next need not.</summary>
    private void Leave()
    {
        var left = Interlocked.Exchange(ref _connection, null);
        if (left is not null) _ = Task.Run(left.Dispose);
    }
}
