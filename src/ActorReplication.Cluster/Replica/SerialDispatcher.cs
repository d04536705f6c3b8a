using ActorReplication.Threading;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;

namespace ActorReplication.Cluster.Replica;

/// <summary>Runs all actors of a dispatcher one at a time: on a thread of its own, which sleeps when there is nothing to do, or on the thread that brings the work,
/// if that has called <see cref="SerialDispatcher.HelpFromThisThread"/> or bears a helper's name, and nothing else is running. Akka's own dedicated pools, and .NET's, look for work for a while
/// before they sleep: on a machine with few processors that takes them from the very thread that would bring it.</summary>
public sealed class SerialDispatcherConfigurator : MessageDispatcherConfigurator
{
    private readonly SerialDispatcher _instance;

    /// <summary>Made by Akka from the dispatcher's section; <c>thread-name</c>, <c>throughput</c> (messages of one actor in a row) and <c>helpers</c> (names of
    /// threads that are not ours to change and help like those that ask to; the same conditions hold).</summary>
    public SerialDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites) => _instance = new SerialDispatcher(this, config.GetString("thread-name", "akka"), config.GetStringList("helpers", [])) { Throughput = config.GetInt("throughput", 16) };

    /// <inheritdoc/>
    public override MessageDispatcher Dispatcher() => _instance;
}

/// <summary>The thread lives while actors use the dispatcher and starts again when they come back.</summary>
internal sealed class SerialDispatcher(MessageDispatcherConfigurator configurator, string threadName, IList<string> helpers) : MessageDispatcher(configurator)
{
    /// <summary>After so many mailboxes a helping thread leaves the rest to the dispatcher's own.</summary>
    private const int HelpLimit = 16;

    /// <summary>Null: this thread's name has not been looked at.</summary>
    [ThreadStatic]
    private static bool? t_helps;

    [ThreadStatic]
    private static bool t_runs;

    /// <summary>What <see cref="WhenDone"/> keeps for this thread.</summary>
    [ThreadStatic]
    private static List<IDeferredSignal>? t_deferred;

    private readonly object _sync = new();
    private readonly Doorbell _bell = new();
    private readonly Queue<IRunnable> _waiting = new();
    private bool _hasThread;
    private bool _isRunning;
    private bool _isRunningHere;
    private bool _isEnding;

    /// <summary>From now on this thread runs the actors that it sends to, and what they send, if the dispatcher is idle. For threads that hold no lock
    /// while they send, and whose end nothing in an actor waits for.</summary>
    public static void HelpFromThisThread() => t_helps = true;

    /// <summary>Raises a signal once this thread has run what is to be run: a thread woken earlier would take the processor from work that goes before its own. At once if this thread runs no actors.</summary>
    public static void WhenDone(IDeferredSignal signal)
    {
        if (!t_runs)
        {
            signal.Raise();
            return;
        }
        t_deferred ??= [];
        if (!t_deferred.Contains(signal)) t_deferred.Add(signal);
    }

    protected override void ExecuteTask(IRunnable run)
    {
        var helps = t_helps ??= helpers.Contains(Thread.CurrentThread.Name ?? "");
        lock (_sync)
        {
            if (_isRunning || !helps || _waiting.Count > 0)
            {
                _waiting.Enqueue(run);
                if (!_isRunning) Wake();
                return;
            }
            _isRunning = true;
        }
        Help(run);
    }

    protected override void Shutdown()
    {
        lock (_sync)
        {
            _isEnding = true;
        }
        _bell.Ring();
    }

    private void Help(IRunnable? run)
    {
        t_runs = true;
        for (var done = 0; run is not null; done++)
        {
            RunOne(run);
            lock (_sync)
            {
                if (done < HelpLimit && _waiting.TryDequeue(out run)) continue;
                run = null;
                _isRunning = false;
                if (_waiting.Count > 0) Wake();
            }
        }
        t_runs = false;
        RaiseDeferred();
    }

    private static void RaiseDeferred()
    {
        if (t_deferred is not { Count: > 0 } deferred) return;
        foreach (var signal in deferred) signal.Raise();
        deferred.Clear();
    }

    private bool IsIdle
    {
        get
        {
            lock (_sync) return _waiting.Count == 0;
        }
    }

    /// <summary>Under _sync.</summary>
    private void Wake()
    {
        if (_hasThread)
        {
            _bell.Ring();
            return;
        }
        new Thread(Work) { Name = threadName, IsBackground = true }.Start();
        (_hasThread, _isEnding) = (true, false);
    }

    private void Work()
    {
        t_runs = true;
        for (var done = 1; Take() is { } run; done++)
        {
            RunOne(run);
            if (done % HelpLimit == 0 || IsIdle) RaiseDeferred();
        }
    }

    /// <summary>An actor's own exceptions end in its mailbox. Whatever else is thrown must end neither the thread nor the dispatcher.</summary>
    private void RunOne(IRunnable run)
    {
        try
        {
            run.Run();
        }
        catch (Exception e)
        {
            ReportFailure(e);
        }
    }

    /// <summary>The next to run; null when the thread is to end.</summary>
    private IRunnable? Take()
    {
        lock (_sync)
        {
            // It takes the dispatcher back only from itself: a helper says when it is done.
            if (_isRunningHere) (_isRunning, _isRunningHere) = (false, false);
            while (_isRunning || _waiting.Count == 0)
            {
                if (_isEnding && _waiting.Count == 0)
                {
                    _hasThread = false;
                    return null;
                }
                _bell.SleepWithout(_sync);
            }
            (_isRunning, _isRunningHere) = (true, true);
            return _waiting.Dequeue();
        }
    }
}

/// <summary>Wakes whoever waits for what was changed before; raised on any thread, and perhaps once for several changes.</summary>
internal interface IDeferredSignal
{
    void Raise();
}
