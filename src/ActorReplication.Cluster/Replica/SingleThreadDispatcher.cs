using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;

namespace ActorReplication.Cluster.Replica;

/// <summary>Runs all actors of a dispatcher on one thread that sleeps when there is nothing to do. Akka's own dedicated pools, and .NET's,
/// look for work for a while before they sleep: on a machine with few processors that takes them from the very thread that would bring the work.</summary>
public sealed class SingleThreadDispatcherConfigurator : MessageDispatcherConfigurator
{
    private readonly SingleThreadDispatcher _instance;

    /// <summary>Made by Akka from the dispatcher's section; <c>thread-name</c> is its only key.</summary>
    public SingleThreadDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites) => _instance = new SingleThreadDispatcher(this, config.GetString("thread-name", "akka"));

    /// <inheritdoc/>
    public override MessageDispatcher Dispatcher() => _instance;
}

/// <summary>The thread lives while actors use the dispatcher and starts again when they come back.</summary>
internal sealed class SingleThreadDispatcher(MessageDispatcherConfigurator configurator, string threadName) : MessageDispatcher(configurator)
{
    private readonly object _sync = new();
    private List<IRunnable> _waiting = [];
    private bool _isRunning;
    private bool _isAsleep;
    private bool _isEnding;

    protected override void ExecuteTask(IRunnable run)
    {
        lock (_sync)
        {
            _waiting.Add(run);
            if (!_isRunning) StartThread();
            else if (_isAsleep) Monitor.Pulse(_sync);
        }
    }

    protected override void Shutdown()
    {
        lock (_sync)
        {
            _isEnding = true;
            Monitor.Pulse(_sync);
        }
    }

    private void StartThread()
    {
        (_isRunning, _isEnding) = (true, false);
        new Thread(Run) { Name = threadName, IsBackground = true }.Start();
    }

    private void Run()
    {
        var work = new List<IRunnable>();
        while (Take(ref work))
        {
            foreach (var run in work) run.Run();
            work.Clear();
        }
    }

    /// <summary>Swaps the full list for the empty one; false when the thread is to end.</summary>
    private bool Take(ref List<IRunnable> work)
    {
        lock (_sync)
        {
            while (_waiting.Count == 0)
            {
                if (_isEnding)
                {
                    _isRunning = false;
                    return false;
                }
                _isAsleep = true;
                Monitor.Wait(_sync);
                _isAsleep = false;
            }
            (work, _waiting) = (_waiting, work);
            return true;
        }
    }
}
