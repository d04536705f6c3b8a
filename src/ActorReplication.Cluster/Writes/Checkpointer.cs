using ActorReplication.Cluster.Replica;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster.Writes;

/// <summary>Moves committed pages from SQLite's WAL into its file, beside the writer, on a thread of its own; what the file then holds
/// durably lets the log be compacted.</summary>
internal sealed class Checkpointer : IDisposable
{
    private const int LookEveryMs = 500;
    private const int AtLeastEveryMs = 60_000;

    private readonly DatabaseHolder _database;
    private readonly long _walBytes;
    private readonly Action<AppliedState> _done;
    private readonly Action<Exception> _fatal;
    private readonly ReplicaBoard _board;
    private readonly Thread _thread;
    private readonly ManualResetEventSlim _stopped = new();
    private long _lastIndex;
    private string? _problem;
    private long _lastAt = Environment.TickCount64;

    public Checkpointer(DatabaseHolder database, long walBytes, Action<AppliedState> done, Action<Exception> fatal, ReplicaBoard board)
    {
        _board = board;
        _database = database;
        _walBytes = walBytes;
        _done = done;
        _fatal = fatal;
        _thread = new Thread(Run) { Name = "checkpointer", IsBackground = true, Priority = ThreadPriority.BelowNormal };
        _thread.Start();
    }

    private void Run()
    {
        try
        {
            while (!_stopped.Wait(LookEveryMs))
                if (IsDue()) Checkpoint();
        }
        catch (Exception e)
        {
            _fatal(e);
        }
    }

    private bool IsDue()
    {
        if (_database.LineageAwaitsCheckpoint) return true;
        var wal = new FileInfo(_database.Path + "-wal");
        if (wal.Exists && wal.Length > _walBytes) return true;
        return Environment.TickCount64 - _lastAt > AtLeastEveryMs && _database.Current.Applied.Index > _lastIndex;
    }

    private void Checkpoint()
    {
        AppliedState state;
        try
        {
            state = _database.Checkpoint();
        }
        catch (DiskFull full)
        {
            // What is in SQLite's log stays there, and in this node's log: the next look tries again.
            _board.LastProblem = _problem = full.Message;
            return;
        }
        if (_problem is { } problem && _board.LastProblem == problem) _board.LastProblem = null;
        _problem = null;
        _lastIndex = state.Index;
        _lastAt = Environment.TickCount64;
        _done(state);
    }

    public void Dispose()
    {
        _stopped.Set();
        _thread.Join();
        _stopped.Dispose();
    }
}
