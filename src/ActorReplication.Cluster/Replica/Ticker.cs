namespace ActorReplication.Cluster.Replica;

/// <summary>Calls at a steady pace from a thread of its own, which also does what the call leads to. Akka's scheduler would take two changes of threads for each tick, and
/// a machine that is idle otherwise would do little else.</summary>
internal sealed class Ticker : IDisposable
{
    private readonly object _sync = new();
    private readonly Action _tick;
    private readonly int _everyMs;
    private bool _stopped;

    public Ticker(int everyMs, Action tick)
    {
        (_everyMs, _tick) = (everyMs, tick);
        new Thread(Run) { Name = "replica-tick", IsBackground = true }.Start();
    }

    /// <summary>No call begins after this, except one that is about to.</summary>
    public void Dispose()
    {
        lock (_sync)
        {
            _stopped = true;
            Monitor.Pulse(_sync);
        }
    }

    private void Run()
    {
        SerialDispatcher.HelpFromThisThread();
        while (true)
        {
            lock (_sync)
            {
                if (!_stopped) Monitor.Wait(_sync, _everyMs);
                if (_stopped) return;
            }
            _tick();
        }
    }
}
