using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;

namespace ActorReplication.Node.Tests.EndToEnd;

/// <summary>Clients that insert unique rows as fast as they are let, through a connection string that names all nodes, and go on
/// through every failure with the next row. Remembers which rows were acknowledged, and when.</summary>
internal sealed class WriteLoad : IAsyncDisposable
{
    /// <summary>More than the driver's own limits come to. It has none where it asks an idle connection what its server is now: on a frozen server that ends only when the server wakes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private readonly NpgsqlDataSource _source;
    private readonly string _table;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<(long Id, long At)> _acknowledged = [];
    private readonly ConcurrentDictionary<string, int> _failures = new();
    private readonly Task[] _clients;
    private long _count;
    private long _next;

    private WriteLoad(string connection, string table, int clients)
    {
        _source = NpgsqlDataSource.Create(connection);
        _table = table;
        _clients = [.. Enumerable.Range(0, clients).Select(_ => Task.Run(InsertAsync))];
    }

    /// <summary>Makes the table (without a key, so that a row written twice would show) and starts.</summary>
    public static async Task<WriteLoad> StartAsync(string connection, string table, int clients)
    {
        await using (var source = NpgsqlDataSource.Create(connection))
            await PatientlyAsync(async () =>
            {
                await using var create = source.CreateCommand($"CREATE TABLE IF NOT EXISTS {table} (id bigint NOT NULL)");
                await create.ExecuteNonQueryAsync();
            });
        return new WriteLoad(connection, table, clients);
    }

    /// <summary>Does something that may be done twice, again while no leader can be reached.</summary>
    public static async Task PatientlyAsync(Func<Task> action)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await action();
                return;
            }
            catch (NpgsqlException) when (tries < 100)
            {
                await Task.Delay(100);
            }
        }
    }

    public long Count => Interlocked.Read(ref _count);
    public IReadOnlyCollection<long> Acknowledged => [.. _acknowledged.Select(a => a.Id)];

    /// <summary>What went wrong how often, for the test's output.</summary>
    public string Failures => string.Join(", ", _failures.OrderByDescending(f => f.Value).Select(f => $"{f.Key} x{f.Value}"));

    public IReadOnlyCollection<string> FailureKinds => [.. _failures.Keys];

    /// <summary>Longest time between two acknowledged writes, over all clients.</summary>
    public TimeSpan LongestGap
    {
        get
        {
            var times = _acknowledged.Select(a => a.At).Order().ToArray();
            var longest = 0L;
            for (var i = 1; i < times.Length; i++) longest = Math.Max(longest, times[i] - times[i - 1]);
            return Stopwatch.GetElapsedTime(0, longest);
        }
    }

    /// <summary>Waits until so many more rows are acknowledged.</summary>
    public async Task MoreAsync(int rows)
    {
        var goal = Count + rows;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (Count < goal)
        {
            if (patience.IsCancellationRequested) throw new TimeoutException($"no {rows} more rows were acknowledged; failures: {Failures}");
            await Task.Delay(5);
        }
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_clients);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _source.DisposeAsync();
        _stop.Dispose();
    }

    private async Task InsertAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var id = Interlocked.Increment(ref _next);
            try
            {
                await InsertAsync(id).WaitAsync(Patience);
                _acknowledged.Add((id, Stopwatch.GetTimestamp()));
                Interlocked.Increment(ref _count);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                var kind = e is PostgresException p ? p.SqlState : (e.InnerException ?? e).GetType().Name;
                _failures.AddOrUpdate(kind, 1, (_, n) => n + 1);
                // A client that is turned away at once must not spin.
                await Task.Delay(10);
            }
        }
    }

    /// <summary>Whoever loses patience leaves this behind: the row may still come, and nobody counts on it.</summary>
    private async Task InsertAsync(long id)
    {
        await using var connection = await _source.OpenConnectionAsync(CancellationToken.None);
        await using var command = new NpgsqlCommand($"INSERT INTO {_table} (id) VALUES ($1)", connection) { Parameters = { new NpgsqlParameter<long> { TypedValue = id } } };
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }
}
