using ActorReplication.Core;
using ActorReplication.Core.Membership;
using ActorReplication.Storage.Snapshots;

namespace ActorReplication.Cluster.Writes;

/// <summary>Keeping the state at one log index, the same on every node: that of a configuration entry which sets a marker. And telling when a clone is in place.</summary>
internal sealed partial class WriteGate
{
    /// <summary>The setting that marks the entry.</summary>
    public const string Marker = "replication.check_marker";

    private (string Value, TaskCompletionSource<MarkedState> Reached)? _marker;
    private TaskCompletionSource? _cloned;

    /// <summary>Completes with the state as of the entry that sets the marker to this value, once that is applied; an earlier marker that was not met is given up.</summary>
    public Task<MarkedState> PinAtAsync(string marker)
    {
        var reached = new TaskCompletionSource<MarkedState>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_sync)
        {
            _marker?.Reached.TrySetCanceled();
            _marker = (marker, reached);
        }
        return reached.Task;
    }

    /// <summary>Completes when the next copy of the leader's database is in this one's place.</summary>
    public Task WhenCloned()
    {
        lock (_sync) return (_cloned ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    private void TellCloned()
    {
        lock (_sync)
        {
            _cloned?.TrySetResult();
            _cloned = null;
        }
    }

    private bool IsMarked(ClusterConfig? config)
    {
        // A copy that is made ready is not what readers see yet: its marker is passed by.
        if (config is null || _preparing is not null || !config.Settings.TryGetValue(Marker, out var value)) return false;
        lock (_sync) return _marker is { } marker && marker.Value == value;
    }

    /// <summary>What is committed in the database is the state at the marker.</summary>
    private void PinMarked(LogPosition at)
    {
        TaskCompletionSource<MarkedState> reached;
        lock (_sync)
        {
            if (_marker is not { } marker) return;
            reached = marker.Reached;
            _marker = null;
        }
        var state = _database.Pin();
        if (!reached.TrySetResult(new MarkedState(at, state))) state.Dispose();
    }
}

/// <param name="At">The marker's own position.</param>
public sealed record MarkedState(LogPosition At, PinnedState State);
