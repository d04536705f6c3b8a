using System.Net.Sockets;
using ActorReplication.Node.Tests.Histories;
using Npgsql;

namespace ActorReplication.Node.Tests.Nemesis.Clients;

/// <summary>One client's connections, one to each node, and the one that it uses. It keeps them while they are usable: they are still there when a node wakes that was frozen, or cut off.</summary>
internal sealed class Session(Endpoints endpoints, Recorder recorder, Random random) : IDisposable
{
    private readonly NpgsqlConnection?[] _connections = new NpgsqlConnection?[endpoints.Count];

    /// <summary>Changes when a connection is given up: who was opening it then is too late.</summary>
    private int _generation;

    public int Node { get; private set; } = random.Next(endpoints.Count);

    /// <summary>Said to the node when a connection is made.</summary>
    public string Greeting { get; init; } = "";

    /// <summary>Where the leader is believed to be; now and then anywhere.</summary>
    public void SeekLeader()
    {
        if (random.Next(20) == 0) SeekAnybody();
        else Node = endpoints.LeaderHint;
    }

    public void SeekAnybody() => Node = random.Next(endpoints.Count);

    /// <summary>Does something within a few seconds, or knows nothing of what became of it.</summary>
    /// <param name="work">Says by its stage whether what fails may have happened.</param>
    public async Task<Outcome> RunAsync(Func<NpgsqlConnection, Stage, Task> work)
    {
        var stage = new Stage();
        var node = Node;
        var running = CarryOutAsync(work, stage, node, Volatile.Read(ref _generation));
        try
        {
            await running.WaitAsync(Endpoints.Patience);
            return Outcome.Ok;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or SocketException or IOException or InvalidOperationException or ObjectDisposedException)
        {
            if (e is InvalidOperationException and not ObjectDisposedException && e.Source != "Npgsql") throw;
            Note(e);
            var outcome = Verdict.Of(e, stage);
            if (e is not PostgresException || _connections[node] is not { State: System.Data.ConnectionState.Open }) Drop(node);
            if (e is PostgresException { SqlState: "25006" or "57P03" } or not PostgresException && endpoints.LeaderHint == Node) endpoints.LeaderHint = random.Next(endpoints.Count);
            if (!running.IsCompleted) _ = running.ContinueWith(static t => _ = t.Exception, TaskScheduler.Default);
            return outcome;
        }
    }

    public void Dispose()
    {
        for (var node = 0; node < _connections.Length; node++) Drop(node);
    }

    private async Task CarryOutAsync(Func<NpgsqlConnection, Stage, Task> work, Stage stage, int node, int generation)
    {
        var connection = _connections[node];
        if (connection is null)
        {
            connection = endpoints.Source(node).CreateConnection();
            await connection.OpenAsync();
            if (Greeting.Length > 0) await RunAsync(connection, Greeting);
            if (generation != Volatile.Read(ref _generation))
            {
                await connection.DisposeAsync();
                throw new TimeoutException("its client has left");
            }
            _connections[node] = connection;
        }
        await work(connection, stage);
    }

    public static async Task<int> RunAsync(NpgsqlConnection connection, string sql, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return await command.ExecuteNonQueryAsync();
    }

    public static async Task<List<T>> QueryAsync<T>(NpgsqlConnection connection, string sql, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync()) rows.Add(reader.GetFieldValue<T>(0));
        return rows;
    }

    private void Note(Exception e) => recorder.Refusals.AddOrUpdate(e is PostgresException p ? p.SqlState : (e.InnerException ?? e).GetType().Name, 1, (_, n) => n + 1);

    /// <summary>Without waiting for a server that may never answer.</summary>
    private void Drop(int node)
    {
        Interlocked.Increment(ref _generation);
        if (_connections[node] is not { } connection) return;
        _connections[node] = null;
        _ = Task.Run(() =>
        {
            try
            {
                connection.Dispose();
            }
            catch (Exception e) when (e is NpgsqlException or InvalidOperationException or IOException)
            {
                // It was broken, or in the middle of something.
            }
        });
    }
}

/// <summary>How far an operation has come. Thread-safe: who lost patience leaves it running.</summary>
internal sealed class Stage
{
    private readonly Lock _sync = new();
    private bool _mayHappen, _isAbandoned;

    /// <summary>From here on it may happen, whatever its client is told or not told.</summary>
    /// <exception cref="TimeoutException">Its client has left, and believes that it never began.</exception>
    public void BeginEffect()
    {
        lock (_sync)
        {
            if (_isAbandoned) throw new TimeoutException("its client has left");
            _mayHappen = true;
        }
    }

    /// <returns>Whether it may have happened.</returns>
    public bool Abandon()
    {
        lock (_sync)
        {
            _isAbandoned = true;
            return _mayHappen;
        }
    }
}

/// <summary>What an error says of what was asked for.</summary>
internal static class Verdict
{
    public static Outcome Of(Exception e, Stage stage)
    {
        if (!stage.Abandon()) return Outcome.Failed;
        return e is PostgresException p && IsRefusal(p) ? Outcome.Failed : Outcome.Unknown;
    }

    /// <summary>The server says, in as many words, that it was not done.</summary>
    private static bool IsRefusal(PostgresException e) => e.SqlState switch
    {
        "40003" => false,
        "57P01" => (e.Detail + e.Hint).Contains("no effect", StringComparison.Ordinal),
        _ => e.SqlState[..2] is not ("08" or "57" or "58" or "XX") || e.SqlState is "57014" or "57P03",
    };
}
