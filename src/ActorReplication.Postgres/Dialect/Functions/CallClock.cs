using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Dialect.Functions;

/// <summary>The clock that the words <c>now</c>, <c>today</c>, … mean inside a SQL function: the transaction's start, which is recorded.</summary>
internal sealed class CallClock : TimeProvider
{
    [ThreadStatic]
    private static CallClock? _ofThread;

    [ThreadStatic]
    private static bool _isRunning;

    private ISqlFunctionCall? _call;

    /// <summary>Valid until the function returns.</summary>
    public static TimeProvider Of(ISqlFunctionCall call)
    {
        var clock = _ofThread ??= new CallClock();
        clock._call = call;
        return clock;
    }

    /// <summary>The clock of the function that runs on this thread, or the system's.</summary>
    public static TimeProvider Current => _isRunning ? _ofThread! : System;

    /// <summary>Runs a function's body whose readers of text ask for <see cref="Current"/>.</summary>
    public static void Run(ISqlFunctionCall call, Action<ISqlFunctionCall> body)
    {
        Of(call);
        _isRunning = true;
        try
        {
            body(call);
        }
        finally
        {
            _isRunning = false;
        }
    }

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(_call!.TransactionMicros * TimeSpan.TicksPerMicrosecond);
}
