using Microsoft.Extensions.Logging;
using Xunit.Abstractions;

namespace ActorReplication.MultiNode.Tests.Harness;

/// <summary>Writes every node's log into the test's output, with the spec's time and the node's name. Falls silent when the test has ended.</summary>
internal sealed class SpecLog(ITestOutputHelper output)
{
    private readonly Lock sync = new();
    private readonly long started = Environment.TickCount64;
    private readonly List<(string Node, string Text)> lines = [];
    private bool ended;

    public void Line(string node, string text)
    {
        lock (sync)
        {
            if (ended)
                return;
            lines.Add((node, text));
            output.WriteLine($"{Environment.TickCount64 - started,6} ms {node,-8} {text}");
        }
    }

    public bool Has(string node, string text)
    {
        lock (sync)
            return lines.Exists(l => l.Node == node && l.Text.Contains(text, StringComparison.Ordinal));
    }

    public void End()
    {
        lock (sync)
            ended = true;
    }

    public ILoggerFactory For(RoleName role) => new Factory(this, role.Name);

    private sealed class Factory(SpecLog log, string node) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) => new Logger(log, node, categoryName);

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("Everything goes to the test's output.");

        public void Dispose()
        {
        }
    }

    private sealed class Logger(SpecLog log, string node, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                log.Line(node, $"{logLevel} {category}: {formatter(state, exception)}{(exception is null ? "" : $" {exception}")}");
        }
    }
}
