using System.Buffers;
using System.Text.Json;
using System.Threading.Channels;
using ActorReplication.Cluster;

namespace ActorReplication.Node.Http.Events;

/// <summary>Looks at the cluster once a second, and at each change of role or leader at once, and tells all who watch the same bytes. Looks at nothing while nobody watches.</summary>
internal sealed class EventFeed : IAsyncDisposable
{
    /// <summary>More watchers than this are refused.</summary>
    public const int MostWatchers = 64;

    private const int KeptEvents = 4;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly IReplicaNode _node;
    private readonly Func<CancellationToken, Task<ClusterView>> _look;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private readonly HashSet<Channel<ReadOnlyMemory<byte>>> _watchers = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly Task _loop;
    private TaskCompletionSource _watched = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _number;

    public EventFeed(IReplicaNode node, Func<CancellationToken, Task<ClusterView>> look, TimeProvider? clock = null)
    {
        (_node, _look, _clock) = (node, look, clock ?? TimeProvider.System);
        node.Changed += OnChanged;
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Set when the node goes: watchers are to be sent away.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>One event after another, newest kept if the watcher is slow; null: there are too many watchers.</summary>
    public Watch? Open()
    {
        // A slow watcher misses events, and nothing waits for it.
        var channel = Channel.CreateBounded<ReadOnlyMemory<byte>>(new BoundedChannelOptions(KeptEvents) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        lock (_gate)
        {
            if (_watchers.Count >= MostWatchers) return null;
            _watchers.Add(channel);
            _watched.TrySetResult();
        }
        OnChanged(_node.Status);
        return new Watch(this, channel);
    }

    public async ValueTask DisposeAsync()
    {
        _node.Changed -= OnChanged;
        await _stopping.CancelAsync();
        await _loop;
        _changed.Dispose();
        _stopping.Dispose();
    }

    private void OnChanged(NodeStatus status)
    {
        try
        {
            if (_changed.CurrentCount == 0) _changed.Release();
        }
        catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
        {
            // Woken already, or over.
        }
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await Watched().WaitAsync(_stopping.Token);
                Tell(Format(await _look(_stopping.Token)));
                using var tick = new CancellationTokenSource(Interval, _clock);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(tick.Token, _stopping.Token);
                try
                {
                    await _changed.WaitAsync(either.Token);
                }
                catch (OperationCanceledException) when (!_stopping.IsCancellationRequested)
                {
                    // The second is over.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }

    private Task Watched()
    {
        lock (_gate) return _watched.Task;
    }

    private void Tell(ReadOnlyMemory<byte> told)
    {
        lock (_gate)
            foreach (var watcher in _watchers) watcher.Writer.TryWrite(told);
    }

    private byte[] Format(ClusterView cluster)
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        buffer.Write(System.Text.Encoding.UTF8.GetBytes($"event: cluster\nid: {++_number}\ndata: "));
        using (var json = new Utf8JsonWriter(buffer)) JsonSerializer.Serialize(json, cluster, ApiJson.Default.ClusterView);
        buffer.Write("\n\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private void Close(Channel<ReadOnlyMemory<byte>> channel)
    {
        lock (_gate)
        {
            if (_watchers.Remove(channel) && _watchers.Count == 0 && _watched.Task.IsCompleted) _watched = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>One watcher's events. Dispose to stop.</summary>
    internal sealed class Watch(EventFeed feed, Channel<ReadOnlyMemory<byte>> channel) : IDisposable
    {
        public ChannelReader<ReadOnlyMemory<byte>> Events => channel.Reader;
        public void Dispose() => feed.Close(channel);
    }
}
