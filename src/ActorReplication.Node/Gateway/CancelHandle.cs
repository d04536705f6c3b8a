using ActorReplication.Storage.Engine;

namespace ActorReplication.Node.Gateway;

/// <summary>One backend's means to end its running call. Used again for each call: <see cref="Begin"/> forgets an earlier cancel, and a
/// cancel that comes between two calls is dropped, as PostgreSQL drops it.</summary>
internal sealed class CancelHandle : ICancelHandle
{
    private readonly Lock _gate = new();
    private volatile bool _cancelled;
    private bool _running;
    private CancellationTokenSource? _source;

    public bool IsCancelled => _cancelled;

    /// <summary>Cancelled with the handle; for the waits of the current call. Made only when asked for.</summary>
    public CancellationToken Token
    {
        get
        {
            lock (_gate)
            {
                _source ??= new CancellationTokenSource();
                if (_cancelled) _source.Cancel();
                return _source.Token;
            }
        }
    }

    public void Begin()
    {
        lock (_gate)
        {
            if (_cancelled || _source is { IsCancellationRequested: true }) { _source?.Dispose(); _source = null; }
            _cancelled = false;
            _running = true;
        }
    }

    public void End()
    {
        lock (_gate) _running = false;
    }

    public void Cancel()
    {
        CancellationTokenSource? source;
        lock (_gate)
        {
            if (!_running) return;
            _cancelled = true;
            source = _source;
        }
        // Outside the lock: it runs the waiters' code.
        try
        {
            source?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The call has ended meanwhile, and the next one has begun.
        }
    }
}
