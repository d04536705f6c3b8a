using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Dialect.Functions;

internal static class IntervalFunctions
{
    public static IEnumerable<SqlFunction> All =>
    [
        Call.Strict("pg_interval_us", 1, call => call.Return((long)Math.Clamp(Intervals.Micros(Intervals.Of(call, 0)), long.MinValue, long.MaxValue))),
        Call.Strict("pg_interval_add", 3, call => call.ReturnString(Intervals.Text(Intervals.Add(Intervals.Of(call, 0), Intervals.Of(call, 1), (int)call.Int64(2))))),
        Call.Strict("pg_interval_multiply", 2, call => call.ReturnString(Intervals.Text(Intervals.Multiply(Intervals.Of(call, 0), call.Number(1))))),
        Call.Strict("pg_justify_interval", 1, Justify),
        Call.Strict("pg_make_interval", -1, Make),
    ];

    private static void Justify(ISqlFunctionCall call)
    {
        var interval = Intervals.Of(call, 0);
        var days = interval.Days + (int)(interval.Micros / Calendar.MicrosPerDay);
        call.ReturnString(Intervals.Text(new Interval(interval.Months + days / 30, days % 30, interval.Micros % Calendar.MicrosPerDay)));
    }

    /// <summary>years, months, weeks, days, hours, minutes, seconds.</summary>
    private static void Make(ISqlFunctionCall call)
    {
        double Part(int i) => i < call.Count ? call.Number(i) : 0;
        var micros = Part(4) * Calendar.MicrosPerHour + Part(5) * Calendar.MicrosPerMinute + Part(6) * Calendar.MicrosPerSecond;
        call.ReturnString(Intervals.Text(new Interval((int)(Part(0) * 12 + Part(1)), (int)(Part(2) * 7 + Part(3)), (long)Math.Round(micros))));
    }
}
