using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace ActorReplication.Node.Logging;

/// <summary>Akka's log, written to the node's. Akka makes the actor itself, by the type's name, so the factory is handed over statically.
/// A peer that is down makes Akka say the same again several times a second: below errors, the same text is written once a minute.</summary>
internal sealed partial class AkkaLog : ReceiveActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    private const int TextsRemembered = 256;
    private static readonly TimeSpan Between = TimeSpan.FromMinutes(1);
    private readonly ILogger _logger = Factory.CreateLogger("akka");
    private readonly Dictionary<string, DateTime> _written = [];

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

    private void Write(LogLevel level, LogEvent e)
    {
        var text = (e.Message?.ToString() ?? "").Split("   at ", 2)[0];
        // A connection that ended is nothing that an operator could mend, whatever Akka calls it.
        if (level == LogLevel.Error && e.Cause?.GetType().Namespace == "Akka.Remote") level = LogLevel.Warning;
        if (level < LogLevel.Error && SaidLately(text, e.Timestamp)) return;
        Event(_logger, level, text, e.LogSource, e.Cause);
    }

    private bool SaidLately(string text, DateTime now)
    {
        if (_written.TryGetValue(text, out var last) && now - last < Between) return true;
        if (_written.Count >= TextsRemembered) _written.Clear();
        _written[text] = now;
        return false;
    }

    [LoggerMessage(EventId = 900, Message = "{Text} [{Source}]")]
    private static partial void Event(ILogger logger, LogLevel level, string text, string source, Exception? cause);
}
