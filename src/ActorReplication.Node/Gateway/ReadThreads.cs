namespace ActorReplication.Node.Gateway;

/// <summary>A bounded set of threads for reads that may take long or wait for a slow client. Never the thread pool's: that one also
/// carries heartbeats. A thread is started when one is needed and ends after it had nothing to do for a while.</summary>
internal sealed class ReadThreads : IDisposable
{
    private static readonly TimeSpan IdleFor = TimeSpan.FromSeconds(20);
    private readonly Lock _gate = new();
    private readonly Stack<Worker> _idle = new();
    private readonly SemaphoreSlim _slots;
    private readonly int _waitingLimit;
    private int _waiting;
    private bool _disposed;

    /// <param name="threads">Most reads at a time.</param>
    /// <param name="waitingLimit">Most that wait for one of them to end.</param>
    public ReadThreads(int threads, int waitingLimit)
    {
        _slots = new SemaphoreSlim(threads, threads);
        _waitingLimit = waitingLimit;
    }

    /// <summary>Waits for a place. False: too many wait already, or the time is over. True: call <see cref="Leave"/> afterwards.</summary>
    /// <exception cref="OperationCanceledException"/>
    public async ValueTask<bool> EnterAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        if (_slots.Wait(0, CancellationToken.None)) return true;
        if (Interlocked.Increment(ref _waiting) > _waitingLimit)
        {
            Interlocked.Decrement(ref _waiting);
            return false;
        }
        try
        {
            return await _slots.WaitAsync(timeout, cancellation);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    public void Leave() => _slots.Release();

    /// <summary>Runs the work on a thread of the set; only between <see cref="EnterAsync"/> and <see cref="Leave"/>.</summary>
    public Task<T> RunAsync<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Dispatch(() =>
        {
            try { done.SetResult(work()); }
            catch (Exception e) { done.SetException(e); }
        });
        return done.Task;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            while (_idle.TryPop(out var worker)) worker.Give(null);
        }
    }

    private void Dispatch(Action work)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_idle.TryPop(out var worker)) { worker.Give(work); return; }
        }
        new Worker(this, work).Start();
    }

    private sealed class Worker(ReadThreads owner, Action first)
    {
        private readonly AutoResetEvent _given = new(false);
        private Action? _work = first;

        public void Start() => new Thread(Run) { IsBackground = true, Name = "sql-read" }.Start();

        /// <summary>Null: end.</summary>
        public void Give(Action? work)
        {
            _work = work;
            _given.Set();
        }

        private void Run()
        {
            while (_work is { } work)
            {
                work();
                lock (owner._gate)
                {
                    if (owner._disposed) break;
                    _work = null;
                    owner._idle.Push(this);
                }
                if (_given.WaitOne(IdleFor) || !Retire()) continue;
                break;
            }
            _given.Dispose();
        }

        // False: work was given at the last moment. (The event is then set, or about to be: take it.)
        private bool Retire()
        {
            lock (owner._gate)
            {
                if (owner._idle.Contains(this))
                {
                    var kept = owner._idle.Where(w => w != this).Reverse().ToArray();
                    owner._idle.Clear();
                    foreach (var worker in kept) owner._idle.Push(worker);
                    return true;
                }
            }
            _given.WaitOne();
            return false;
        }
    }
}
