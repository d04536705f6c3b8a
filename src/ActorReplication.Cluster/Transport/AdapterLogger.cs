using Akka.Event;
using Microsoft.Extensions.Logging;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace ActorReplication.Cluster.Transport;

/// <summary>Logs into an actor system's log.</summary>
internal sealed class AdapterLogger(ILoggingAdapter log) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel >= LogLevel.Error) log.Error("{0}", formatter(state, exception));
        else if (logLevel == LogLevel.Warning) log.Warning("{0}", formatter(state, exception));
    }
}
