using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Dialect.Functions;

/// <summary>Dates and timestamps.</summary>
internal static class TimeFunctions
{
    public static IEnumerable<SqlFunction> All =>
    [
        new SqlFunction("pg_now", 0, false, call => call.ReturnString(Times.Text(Times.OfUnix(call.TransactionMicros)))) { Input = SqlFunctionInput.Arguments },
        new SqlFunction("pg_clock", 0, false, call => call.ReturnString(Times.Text(Times.OfUnix(call.StatementMicros)))) { Input = SqlFunctionInput.Arguments },
        new SqlFunction("pg_start_time", 0, false, call => call.ReturnString(Times.Text(Started))),
        Call.Strict("pg_date_add", 2, call => call.ReturnString(Times.DateText(Times.Of(call, 0).Days + call.Int64(1)))),
        Call.Strict("pg_date_diff", 2, call => call.Return(Times.Of(call, 0).Days - Times.Of(call, 1).Days)),
        Call.Strict("pg_timestamp_add", 3, call => call.ReturnString(Times.Text(Times.Add(Times.Of(call, 0), Intervals.Of(call, 1), (int)call.Int64(2))))),
        Call.Strict("pg_timestamp_diff", 2, Difference),
        Call.Strict("pg_time_add", 3, TimeAdd),
        Call.Strict("pg_timezone", 3, TimeZone) with { Input = SqlFunctionInput.Elsewhere },
        Call.Strict("pg_round_time", 3, Round),
        Call.Strict("pg_date_trunc", 2, Truncate),
        Call.Strict("pg_extract", 3, Extract),
        Call.Strict("pg_age", 2, Age),
        Call.Strict("pg_to_timestamp", 1, call => call.ReturnString(Times.Text(new Moment((long)Math.Round((call.Number(0) - EpochSeconds) * Calendar.MicrosPerSecond), true)))),
        Call.Strict("pg_make_date", 3, MakeDate),
    ];

    private static readonly Moment Started = Times.Now();

    /// <summary>Seconds from 1970-01-01 to 2000-01-01.</summary>
    private const long EpochSeconds = 946_684_800;

    /// <summary>Days and clock; no months, as PostgreSQL's subtraction.</summary>
    private static void Difference(ISqlFunctionCall call)
    {
        var micros = Times.Of(call, 0).Micros - Times.Of(call, 1).Micros;
        call.ReturnString(Intervals.Text(new Interval(0, (int)(micros / Calendar.MicrosPerDay), micros % Calendar.MicrosPerDay)));
    }

    private static void TimeAdd(ISqlFunctionCall call)
    {
        var micros = (Times.TimeOf(call, 0) + call.Int64(2) * Intervals.Of(call, 1).Micros) % Calendar.MicrosPerDay;
        call.ReturnString(Times.TimeText((micros + Calendar.MicrosPerDay) % Calendar.MicrosPerDay));
    }

    /// <summary>(zone, time, 1 if the time is local there and a timestamptz is wanted).</summary>
    private static void TimeZone(ISqlFunctionCall call)
    {
        var name = call.String(0);
        var zone = TimeZones.Find(name) ?? throw new DialectException("22023", $"time zone \"{name}\" not recognized");
        var moment = Times.Of(call, 1);
        var toUtc = call.Int64(2) == 1;
        if (moment.IsInfinite) { call.ReturnString(Times.Text(moment)); return; }
        var offset = toUtc ? -TimeZones.OffsetAtLocal(zone, moment.Micros) : TimeZones.OffsetAt(zone, moment.Micros);
        call.ReturnString(Times.Text(new Moment(moment.Micros + offset * Calendar.MicrosPerSecond, toUtc)));
    }

    /// <summary>(time, type oid, digits).</summary>
    private static void Round(ISqlFunctionCall call)
    {
        var unit = 1L;
        for (var i = call.Int64(2); i < 6; i++) unit *= 10;
        long Rounded(long micros) => (long)Math.Floor((micros + unit / 2) / (double)unit) * unit;
        if ((uint)call.Int64(1) == PgOid.Time) { call.ReturnString(Times.TimeText(Rounded(Times.TimeOf(call, 0)))); return; }
        var moment = Times.Of(call, 0);
        call.ReturnString(Times.Text(moment.IsInfinite ? moment : moment with { Micros = Rounded(moment.Micros) }));
    }

    private static void Truncate(ISqlFunctionCall call)
    {
        var unit = call.String(0).ToLowerInvariant();
        var moment = Times.Of(call, 1);
        if (moment.IsInfinite) { call.ReturnString(Times.Text(moment)); return; }
        var (year, month, _) = moment.Date;
        var micros = unit switch
        {
            "microseconds" => moment.Micros,
            "milliseconds" => Down(1000),
            "second" => Down(Calendar.MicrosPerSecond),
            "minute" => Down(Calendar.MicrosPerMinute),
            "hour" => Down(Calendar.MicrosPerHour),
            "day" => Down(Calendar.MicrosPerDay),
            // 2000-01-01 was a Saturday: day 2 a Monday.
            "week" => (moment.Days - ((moment.Days - 2) % 7 + 7) % 7) * Calendar.MicrosPerDay,
            "month" => Start(year, month),
            "quarter" => Start(year, (month - 1) / 3 * 3 + 1),
            "year" => Start(year, 1),
            "decade" => Start(year - ((year % 10) + 10) % 10, 1),
            "century" => Start((year - 1) / 100 * 100 + 1, 1),
            "millennium" => Start((year - 1) / 1000 * 1000 + 1, 1),
            _ => throw new DialectException("22023", $"unit \"{unit}\" not recognized for type timestamp without time zone"),
        };
        call.ReturnString(Times.Text(moment with { Micros = micros }));

        long Down(long size) => (long)Math.Floor((decimal)moment.Micros / size) * size;
        long Start(int y, int m) => Calendar.Days(y, m, 1) * Calendar.MicrosPerDay;
    }

    /// <summary>(field, value, type oid).</summary>
    private static void Extract(ISqlFunctionCall call)
    {
        var field = call.String(0).ToLowerInvariant();
        var type = (uint)call.Int64(2);
        if (type == PgOid.Interval) { Decimals.Return(call, IntervalField(field, Intervals.Of(call, 1))); return; }
        if (type == PgOid.Time)
        {
            var micros = Times.TimeOf(call, 1);
            Decimals.Return(call, field == "epoch" ? micros / (decimal)Calendar.MicrosPerSecond : ClockField(field, micros) ?? throw Unknown(field, "time without time zone"));
            return;
        }

        var moment = Times.Of(call, 1);
        if (moment.IsInfinite) { call.Return(moment.Micros > 0 ? double.PositiveInfinity : double.NegativeInfinity); return; }
        if (type == PgOid.Date && ClockField(field, 0) is not null) throw new DialectException("0A000", $"unit \"{field}\" not supported for type date");
        Decimals.Return(call, ClockField(field, moment.TimeOfDay) ?? DateField(field, moment) ?? throw Unknown(field, "timestamp without time zone"));
    }

    private static DialectException Unknown(string field, string type) => new("22023", $"unit \"{field}\" not recognized for type {type}");

    private static decimal? ClockField(string field, long micros) => field switch
    {
        "hour" or "hours" => micros / Calendar.MicrosPerHour,
        "minute" or "minutes" => micros / Calendar.MicrosPerMinute % 60,
        "second" or "seconds" => micros % Calendar.MicrosPerMinute / (decimal)Calendar.MicrosPerSecond,
        "millisecond" or "milliseconds" => micros % Calendar.MicrosPerMinute / 1000m,
        "microsecond" or "microseconds" => micros % Calendar.MicrosPerMinute,
        _ => null,
    };

    private static decimal? DateField(string field, Moment moment)
    {
        var (year, month, day) = moment.Date;
        var weekday = (int)(((moment.Days + 6) % 7 + 7) % 7);
        return field switch
        {
            "year" => year,
            "month" => month,
            "day" => day,
            "quarter" => (month - 1) / 3 + 1,
            "decade" => (decimal)Math.Floor(year / 10.0),
            "century" => (year + 99) / 100,
            "millennium" => (year + 999) / 1000,
            "dow" => weekday,
            "isodow" => weekday == 0 ? 7 : weekday,
            "doy" => moment.Days - Calendar.Days(year, 1, 1) + 1,
            "week" => System.Globalization.ISOWeek.GetWeekOfYear(new DateTime(year, month, day)),
            "isoyear" => System.Globalization.ISOWeek.GetYear(new DateTime(year, month, day)),
            "epoch" => moment.Micros / (decimal)Calendar.MicrosPerSecond + EpochSeconds,
            "julian" => moment.Days + 2_451_545 + moment.TimeOfDay / (decimal)Calendar.MicrosPerDay,
            "timezone" or "timezone_hour" or "timezone_minute" when moment.IsZoned => 0,
            _ => null,
        };
    }

    private static decimal IntervalField(string field, Interval interval) => field switch
    {
        "epoch" => interval.Months / 12 * 31_557_600m + interval.Months % 12 * 2_592_000m + interval.Days * 86_400m + interval.Micros / (decimal)Calendar.MicrosPerSecond,
        "year" or "years" => interval.Months / 12,
        "month" or "months" => interval.Months % 12,
        "quarter" => interval.Months % 12 / 3 + 1,
        "decade" => interval.Months / 120,
        "century" => interval.Months / 1200,
        "day" or "days" => interval.Days,
        "hour" or "hours" => interval.Micros / Calendar.MicrosPerHour,
        _ => ClockField(field, interval.Micros) ?? throw Unknown(field, "interval"),
    };

    /// <summary>Years, months and days by the calendar.</summary>
    private static void Age(ISqlFunctionCall call)
    {
        var (later, earlier) = (Times.Of(call, 0), Times.Of(call, 1));
        var sign = 1;
        if (later.Micros < earlier.Micros) (later, earlier, sign) = (earlier, later, -1);
        var (y1, m1, d1) = later.Date;
        var (y0, m0, d0) = earlier.Date;
        var micros = later.TimeOfDay - earlier.TimeOfDay;
        var days = d1 - d0;
        var months = (y1 - y0) * 12 + m1 - m0;
        if (micros < 0) { micros += Calendar.MicrosPerDay; days--; }
        if (days < 0)
        {
            months--;
            days += DateTime.DaysInMonth(y0, m0);
        }

        call.ReturnString(Intervals.Text(new Interval(sign * months, sign * days, sign * micros)));
    }

    private static void MakeDate(ISqlFunctionCall call)
    {
        var (year, month, day) = ((int)call.Int64(0), (int)call.Int64(1), (int)call.Int64(2));
        if (!Calendar.IsDate(year, month, day)) throw new DialectException("22008", $"date field value out of range: {year}-{month:00}-{day:00}");
        call.ReturnString(Times.DateText(Calendar.Days(year, month, day)));
    }
}
