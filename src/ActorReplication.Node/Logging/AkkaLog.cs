using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;
using Microsoft.Extensions.Logging;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorReplication.Node.Logging;

/// <summary>Akka's log, written to the node's. Akka makes the actor itself, by the type's name, so the factory is handed over statically.</summary>
internal sealed partial class AkkaLog : ReceiveActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    private readonly ILogger _logger = Factory.CreateLogger("akka");

    public AkkaLog()
    {
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<Debug>(e => Write(LogLevel.Debug, e));
        Receive<Info>(e => Write(LogLevel.Information, e));
        Receive<Warning>(e => Write(LogLevel.Warning, e));
        Receive<Error>(e => Write(LogLevel.Error, e));
    }

    /// <summary>Set once, before the actor system starts.</summary>
    public static ILoggerFactory Factory { get; set; } = NullLoggerFactory.Instance;

    private void Write(LogLevel level, LogEvent e) => Event(_logger, level, e.Message?.ToString() ?? "", e.LogSource, e.Cause);

    [LoggerMessage(EventId = 900, Message = "{Text} [{Source}]")]
    private static partial void Event(ILogger logger, LogLevel level, string text, string source, Exception? cause);
}
