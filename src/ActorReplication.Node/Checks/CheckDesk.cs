using ActorReplication.Cluster;
using ActorReplication.Cluster.Writes;
using ActorReplication.Storage.Snapshots;

namespace ActorReplication.Node.Checks;

/// <summary>This node's part in a comparison: keeps its state at the index that a marker names, and answers questions about it until it is told that they are over. One comparison
/// at a time: the next one ends the one before. Thread-safe.</summary>
internal sealed class CheckDesk(IReplicaNode node) : IDisposable
{
    /// <summary>A kept state holds SQLite's log file up: nobody forgets one here for longer.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(30);

    private readonly Lock _gate = new();
    private Kept? _kept;

    private sealed class Kept(string marker, Task<MarkedState> state) : IDisposable
    {
        public string Marker => marker;
        public Task<MarkedState> State => state;
        public SemaphoreSlim Turn { get; } = new(1);
        public Timer? Expiry { get; set; }

        public void Dispose()
        {
            Expiry?.Dispose();
            _ = state.ContinueWith(async reached =>
            {
                await Turn.WaitAsync();
                (await reached).State.Dispose();
            }, CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        }
    }

    /// <summary>From now on the entry that sets the marker is waited for.</summary>
    public void Arm(string marker)
    {
        var kept = new Kept(marker, node.PinAtAsync(marker));
        Kept? before;
        lock (_gate) (before, _kept) = (_kept, kept);
        before?.Dispose();
        kept.Expiry = new Timer(_ => End(marker), null, Longest, Timeout.InfiniteTimeSpan);
    }

    public void End(string marker)
    {
        Kept? ended = null;
        lock (_gate) if (_kept?.Marker == marker) (ended, _kept) = (_kept, null);
        ended?.Dispose();
    }

    /// <summary>Asks the kept state, on a thread of its own: reading a whole database takes long.</summary>
    /// <exception cref="CheckException">There is none, or it did not come in time.</exception>
    public async Task<T> AskAsync<T>(string marker, TimeSpan patience, Func<MarkedState, T> question, CancellationToken cancellation)
    {
        Kept? kept;
        lock (_gate) kept = _kept?.Marker == marker ? _kept : null;
        if (kept is null) throw new CheckException("this node keeps no state for that comparison: another one was begun, or the node was started again");
        MarkedState state;
        try
        {
            state = await kept.State.WaitAsync(patience, cancellation);
        }
        catch (TimeoutException)
        {
            throw new CheckException($"this node has not applied the log up to the comparison's index within {patience.TotalSeconds:0} s; it stands at {node.Status.Applied}");
        }
        await kept.Turn.WaitAsync(cancellation);
        try
        {
            return await Task.Factory.StartNew(() => question(state), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        finally
        {
            kept.Turn.Release();
        }
    }

    public void Dispose()
    {
        Kept? ended;
        lock (_gate) (ended, _kept) = (_kept, null);
        ended?.Dispose();
    }
}

/// <summary>A comparison cannot be made, or not with this node; the message says why.</summary>
internal sealed class CheckException(string message) : Exception(message);
