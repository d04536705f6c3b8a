using Akka.Configuration;
using Akka.Dispatch;

namespace ActorReplication.Journal.Plugin;

/// <summary>
/// Runs the journal actor on the thread that sends to it, which spares a write one change of threads. The actor only encodes and
/// hands over, so the sender is not held up by files. Selected in HOCON as the plugin's dispatcher (see reference.conf); the journal
/// works on any other dispatcher too.
/// </summary>
public sealed class InlineDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites) : MessageDispatcherConfigurator(config, prerequisites)
{
    /// <inheritdoc/>
    public override MessageDispatcher Dispatcher() => new InlineDispatcher(this);

    private sealed class InlineDispatcher(MessageDispatcherConfigurator configurator) : MessageDispatcher(configurator)
    {
        protected override void ExecuteTask(IRunnable run) => run.Run();

        protected override void Shutdown()
        {
            // There are no threads to end.
        }
    }
}
