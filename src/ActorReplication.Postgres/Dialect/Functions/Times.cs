using System.Text;
using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Dialect.Functions;

/// <summary>A time in a function: microseconds since 2000-01-01, and how it was written.</summary>
/// <param name="IsZoned">timestamptz: the text ends in +00.</param>
internal readonly record struct Moment(long Micros, bool IsZoned)
{
    public bool IsInfinite => Micros is DateTimeText.Infinity or DateTimeText.NegativeInfinity;
    public long Days => Calendar.Split(Micros).Days;
    public long TimeOfDay => Calendar.Split(Micros).Micros;
    public (int Year, int Month, int Day) Date => Calendar.Date(Days);
}

internal static class Times
{
    /// <summary>A date, timestamp or timestamptz in the engine's form.</summary>
    public static Moment Of(ISqlFunctionCall call, int argument)
    {
        try
        {
            var text = call.Text(argument);
            var fields = DateTimeReader.Read(text, "timestamp", CallClock.Of(call));
            if (fields.Special is { } special) return new Moment(special, false);
            if (fields.Days is not { } days) throw new DialectException("22007", $"invalid input syntax for type timestamp: \"{call.String(argument)}\"");
            var zone = fields.ZoneSeconds;
            return new Moment(days * Calendar.MicrosPerDay + (fields.Time ?? 0) - (zone ?? 0) * Calendar.MicrosPerSecond, zone is not null);
        }
        catch (PgException refused)
        {
            throw new DialectException(refused.Error.SqlState, refused.Error.Message);
        }
    }

    /// <summary>Microseconds of the day.</summary>
    public static long TimeOf(ISqlFunctionCall call, int argument)
    {
        try
        {
            return DateTimeReader.Read(call.Text(argument), "time", CallClock.Of(call)).Time ?? throw new DialectException("22007", $"invalid input syntax for type time: \"{call.String(argument)}\"");
        }
        catch (PgException refused)
        {
            throw new DialectException(refused.Error.SqlState, refused.Error.Message);
        }
    }

    public static string Text(Moment moment) => Written(output => DateTimeText.WriteTimestamp(moment.Micros, moment.IsZoned ? 0 : null, output));

    public static string DateText(long days) => Written(output =>
    {
        if (DateTimeText.WriteInfinity(days, output)) return;
        DateTimeText.WriteDate(days, output);
        DateTimeText.WriteEra(days, output);
    });

    public static string TimeText(long micros) => Written(output => DateTimeText.WriteTime(micros, output));

    /// <param name="micros">Since 1970-01-01 UTC.</param>
    public static Moment OfUnix(long micros) => new(micros + Calendar.Days(1970, 1, 1) * Calendar.MicrosPerDay, true);

    public static Moment Now()
    {
        var ticks = DateTime.UtcNow.Ticks - new DateTime(2000, 1, 1).Ticks;
        return new Moment(ticks / 10, true);
    }

    /// <summary>Months first, with the day cut to the month's last; then days; then the clock.</summary>
    public static Moment Add(Moment moment, Interval interval, int sign)
    {
        if (moment.IsInfinite) return moment;
        var (days, micros) = Calendar.Split(moment.Micros);
        if (interval.Months != 0)
        {
            var (year, month, day) = Calendar.Date(days);
            var months = (year * 12L) + (month - 1) + (sign * (long)interval.Months);
            var (newYear, newMonth) = ((int)Math.Floor(months / 12.0), (int)(((months % 12) + 12) % 12) + 1);
            while (!Calendar.IsDate(newYear, newMonth, day)) day--;
            days = Calendar.Days(newYear, newMonth, day);
        }

        var result = checked((days + (sign * (long)interval.Days)) * Calendar.MicrosPerDay + micros + sign * interval.Micros);
        return moment with { Micros = result };
    }

    private static string Written(Action<OutputBuffer> write)
    {
        var output = new OutputBuffer(64);
        write(output);
        var text = Encoding.UTF8.GetString(output.Written.Span);
        output.Release();
        return text;
    }
}

internal static class Intervals
{
    public static Interval Of(ISqlFunctionCall call, int argument)
    {
        try
        {
            return IntervalText.Parse(call.Text(argument));
        }
        catch (PgException refused)
        {
            throw new DialectException(refused.Error.SqlState, refused.Error.Message);
        }
    }

    public static string Text(Interval interval)
    {
        var output = new OutputBuffer(64);
        IntervalText.Write(interval, IntervalStyle.Postgres, output);
        var text = Encoding.UTF8.GetString(output.Written.Span);
        output.Release();
        return text;
    }

    public static Interval Add(Interval a, Interval b, int sign) =>
        new(checked(a.Months + sign * b.Months), checked(a.Days + sign * b.Days), checked(a.Micros + sign * b.Micros));

    /// <summary>As PostgreSQL compares them: a month is 30 days, a day 24 hours.</summary>
    public static decimal Micros(Interval interval) => (interval.Months * 30m + interval.Days) * Calendar.MicrosPerDay + interval.Micros;

    public static Interval Multiply(Interval interval, double factor)
    {
        var months = interval.Months * factor;
        var days = interval.Days * factor + (months - Math.Truncate(months)) * 30;
        days = Math.Round(days, 9);
        var micros = interval.Micros * factor + (days - Math.Truncate(days)) * Calendar.MicrosPerDay;
        return new Interval(checked((int)Math.Truncate(Math.Round(months, 9))), checked((int)Math.Truncate(days)), checked((long)Math.Round(micros)));
    }
}
