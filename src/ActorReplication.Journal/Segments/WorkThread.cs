namespace ActorReplication.Journal.Segments;

/// <summary>One thread that does jobs in the order they were posted. A job that throws ends the process, as on any thread: jobs answer for their own errors.</summary>
internal sealed class WorkThread : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Queue<Action> _jobs = new();
    private readonly SemaphoreSlim _ready = new(0);
    private readonly Thread _thread;
    private bool _stopping;

    public WorkThread(string name)
    {
        _thread = new Thread(Run) { Name = name, IsBackground = true };
        _thread.Start();
    }

    /// <summary>False when the thread is stopping; the job is then not done.</summary>
    public bool TryPost(Action job)
    {
        lock (_gate)
        {
            if (_stopping)
                return false;
            _jobs.Enqueue(job);
        }

        _ready.Release();
        return true;
    }

    /// <summary>Does what was posted, then ends the thread.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_stopping)
                return;
            _stopping = true;
        }

        _ready.Release();
        _thread.Join();
        _ready.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            _ready.Wait();
            Action? job;
            lock (_gate)
            {
                if (!_jobs.TryDequeue(out job))
                    return;
            }

            job();
        }
    }
}
