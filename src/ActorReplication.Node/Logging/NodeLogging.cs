using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace ActorReplication.Node.Logging;

internal static class NodeLogging
{
    /// <summary>Category of lines about starting, stopping and changes of leadership: told at any level.</summary>
    public const string Lifecycle = "node";

    public static LogLevel Level(string name) => name switch
    {
        "debug" => LogLevel.Debug,
        "information" => LogLevel.Information,
        "error" => LogLevel.Error,
        _ => LogLevel.Warning,
    };

    /// <summary>To standard error, one line an event; standard output is for what was asked for.</summary>
    public static ILoggingBuilder AddNodeConsole(this ILoggingBuilder logging, LogLevel level)
    {
        logging.ClearProviders().SetMinimumLevel(level).AddFilter(Lifecycle, LogLevel.Information);
        logging.AddConsole(o =>
        {
            o.FormatterName = LineFormat.FormatName;
            o.LogToStandardErrorThreshold = LogLevel.Trace;
        });
        logging.AddConsoleFormatter<LineFormat, ConsoleFormatterOptions>();
        return logging;
    }
}
