using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace ActorReplication.Node.Logging;

/// <summary>One event, one line: time, level, category's last part, message, and the exceptions' messages behind it (their traces
/// only at debug).</summary>
internal sealed class LineFormat() : ConsoleFormatter(FormatName)
{
    public const string FormatName = "line";

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter writer)
    {
        var message = entry.Formatter(entry.State, entry.Exception);
        if (message.Length == 0 && entry.Exception is null) return;
        writer.Write(DateTimeOffset.Now.ToString("yyyy-MM-dd HH:mm:ss.fff "));
        writer.Write(Level(entry.LogLevel));
        writer.Write(entry.Category.AsSpan(entry.Category.LastIndexOf('.') + 1));
        writer.Write(": ");
        writer.Write(message.ReplaceLineEndings(" "));
        for (var e = entry.Exception; e is not null; e = e.InnerException)
            writer.Write($" | {e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}");
        writer.WriteLine();
    }

    private static string Level(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug ",
        LogLevel.Information => "info  ",
        LogLevel.Warning => "warn  ",
        _ => "error ",
    };
}
