using System.Globalization;
using System.Text;
using ActorReplication.Postgres.Gateway;
using Calendar = ActorReplication.Postgres.Types.Calendar;

namespace ActorReplication.Postgres.Dialect.Functions;

/// <summary>to_char, to_date, to_number: the patterns in common use; another one is refused, not printed wrong.</summary>
internal static class FormatFunctions
{
    public static IEnumerable<SqlFunction> All =>
    [
        Call.Strict("pg_to_char_time", 2, call => call.ReturnString(Time(Times.Of(call, 0), call.String(1)))),
        Call.Strict("pg_to_char_interval", 2, ToCharInterval),
        Call.Strict("pg_to_char_number", 2, call => call.ReturnString(NumberPattern.Write(ToDecimal(call), call.String(1)))),
        Call.Strict("pg_to_date", 2, ToDate),
        Call.Strict("pg_to_number", 2, ToNumber),
    ];

    /// <summary>Longest first, so that a prefix does not win.</summary>
    private static readonly string[] Patterns =
    [
        "HH24", "HH12", "YYYY", "Month", "MONTH", "month", "SSSS", "IYYY", "Mon", "MON", "mon", "Day", "DAY", "day", "DDD", "YY", "MM", "DD", "HH", "MI", "SS", "MS", "US", "AM", "PM", "am", "pm",
        "Dy", "DY", "dy", "ID", "IW", "WW", "TZ", "OF", "CC", "D", "Q", "J",
    ];

    private static string Time(Moment moment, string format)
    {
        var result = new StringBuilder();
        for (var i = 0; i < format.Length;)
        {
            if (format[i] == '"')
            {
                var end = format.IndexOf('"', i + 1);
                if (end < 0) end = format.Length;
                result.Append(format, i + 1, end - i - 1);
                i = end + 1;
                continue;
            }

            var isFill = string.CompareOrdinal(format, i, "FM", 0, 2) == 0;
            var at = isFill ? i + 2 : i;
            var pattern = Patterns.FirstOrDefault(p => string.CompareOrdinal(format, at, p, 0, p.Length) == 0);
            if (pattern is null)
            {
                if (char.IsAsciiLetter(format[i])) throw new DialectException("0A000", $"to_char pattern \"{format[i..]}\" is not supported");
                result.Append(format[i++]);
                continue;
            }

            var text = Field(moment, pattern);
            result.Append(isFill ? text.TrimEnd(' ').TrimStart('0') is { Length: > 0 } trimmed ? trimmed : "0" : text);
            i = at + pattern.Length;
        }

        return result.ToString();
    }

    private static string Field(Moment moment, string pattern)
    {
        var (year, month, day) = moment.Date;
        var micros = moment.TimeOfDay;
        var hour = (int)(micros / Calendar.MicrosPerHour);
        var weekday = (int)(((moment.Days + 6) % 7 + 7) % 7);
        var names = CultureInfo.InvariantCulture.DateTimeFormat;
        return pattern switch
        {
            "YYYY" => year.ToString("0000", CultureInfo.InvariantCulture),
            "YY" => (year % 100).ToString("00", CultureInfo.InvariantCulture),
            "IYYY" => ISOWeek.GetYear(new DateTime(year, month, day)).ToString("0000", CultureInfo.InvariantCulture),
            "MM" => month.ToString("00", CultureInfo.InvariantCulture),
            "DD" => day.ToString("00", CultureInfo.InvariantCulture),
            "DDD" => (moment.Days - Calendar.Days(year, 1, 1) + 1).ToString("000", CultureInfo.InvariantCulture),
            "HH24" => hour.ToString("00", CultureInfo.InvariantCulture),
            "HH" or "HH12" => (hour % 12 == 0 ? 12 : hour % 12).ToString("00", CultureInfo.InvariantCulture),
            "MI" => (micros / Calendar.MicrosPerMinute % 60).ToString("00", CultureInfo.InvariantCulture),
            "SS" => (micros / Calendar.MicrosPerSecond % 60).ToString("00", CultureInfo.InvariantCulture),
            "MS" => (micros % Calendar.MicrosPerSecond / 1000).ToString("000", CultureInfo.InvariantCulture),
            "US" => (micros % Calendar.MicrosPerSecond).ToString("000000", CultureInfo.InvariantCulture),
            "SSSS" => (micros / Calendar.MicrosPerSecond).ToString(CultureInfo.InvariantCulture),
            "AM" or "PM" => hour < 12 ? "AM" : "PM",
            "am" or "pm" => hour < 12 ? "am" : "pm",
            "Month" => names.GetMonthName(month).PadRight(9),
            "MONTH" => names.GetMonthName(month).ToUpperInvariant().PadRight(9),
            "month" => names.GetMonthName(month).ToLowerInvariant().PadRight(9),
            "Mon" => names.GetAbbreviatedMonthName(month),
            "MON" => names.GetAbbreviatedMonthName(month).ToUpperInvariant(),
            "mon" => names.GetAbbreviatedMonthName(month).ToLowerInvariant(),
            "Day" => names.DayNames[weekday].PadRight(9),
            "DAY" => names.DayNames[weekday].ToUpperInvariant().PadRight(9),
            "day" => names.DayNames[weekday].ToLowerInvariant().PadRight(9),
            "Dy" => names.AbbreviatedDayNames[weekday],
            "DY" => names.AbbreviatedDayNames[weekday].ToUpperInvariant(),
            "dy" => names.AbbreviatedDayNames[weekday].ToLowerInvariant(),
            "D" => (weekday + 1).ToString(CultureInfo.InvariantCulture),
            "ID" => (weekday == 0 ? 7 : weekday).ToString(CultureInfo.InvariantCulture),
            "IW" => ISOWeek.GetWeekOfYear(new DateTime(year, month, day)).ToString("00", CultureInfo.InvariantCulture),
            "WW" => ((moment.Days - Calendar.Days(year, 1, 1)) / 7 + 1).ToString("00", CultureInfo.InvariantCulture),
            "Q" => ((month - 1) / 3 + 1).ToString(CultureInfo.InvariantCulture),
            "CC" => ((year + 99) / 100).ToString("00", CultureInfo.InvariantCulture),
            "J" => (moment.Days + 2_451_545).ToString(CultureInfo.InvariantCulture),
            "TZ" => moment.IsZoned ? "UTC" : "",
            _ => moment.IsZoned ? "+00" : "",
        };
    }

    private static void ToCharInterval(ISqlFunctionCall call)
    {
        var interval = Intervals.Of(call, 0);
        var format = call.String(1);
        if (format.Any(c => char.IsAsciiLetter(c)) && !System.Text.RegularExpressions.Regex.IsMatch(format, "^(HH24|HH|MI|SS|MS|US|[^A-Za-z])*$")) throw new DialectException("0A000", $"to_char pattern \"{format}\" for interval is not supported");
        var micros = interval.Micros;
        call.ReturnString(format.Replace("HH24", (micros / Calendar.MicrosPerHour).ToString("00", CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("HH", (micros / Calendar.MicrosPerHour).ToString("00", CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("MI", (micros / Calendar.MicrosPerMinute % 60).ToString("00", CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("SS", (micros / Calendar.MicrosPerSecond % 60).ToString("00", CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("MS", (micros % Calendar.MicrosPerSecond / 1000).ToString("000", CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("US", (micros % Calendar.MicrosPerSecond).ToString("000000", CultureInfo.InvariantCulture), StringComparison.Ordinal));
    }

    private static void ToDate(ISqlFunctionCall call)
    {
        var format = call.String(1).Replace("YYYY", "yyyy", StringComparison.Ordinal).Replace("YY", "yy", StringComparison.Ordinal).Replace("DD", "dd", StringComparison.Ordinal)
            .Replace("Month", "MMMM", StringComparison.Ordinal).Replace("Mon", "MMM", StringComparison.Ordinal);
        if (!DateTime.TryParseExact(call.String(0), format, CultureInfo.InvariantCulture, DateTimeStyles.AllowWhiteSpaces, out var date))
            throw new DialectException("22007", $"invalid value \"{call.String(0)}\" for \"{call.String(1)}\"");
        call.ReturnString(Times.DateText(Calendar.Days(date.Year, date.Month, date.Day)));
    }

    /// <summary>28 digits are enough for a pattern.</summary>
    private static decimal ToDecimal(ISqlFunctionCall call)
    {
        if (Decimals.Of(call, 0) is not { } value) return 0;
        var rounded = value.Rounded(Math.Max(0, Math.Min(value.Scale, 27 - (value.Digits - value.Scale))));
        return decimal.TryParse(rounded.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var shown) ? shown : throw new DialectException("22003", "value out of range for to_char");
    }

    private static void ToNumber(ISqlFunctionCall call)
    {
        var digits = new string(call.String(0).Where(c => char.IsAsciiDigit(c) || c is '.' or '-').ToArray());
        if (!decimal.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)) throw new DialectException("22P02", $"invalid input syntax for type numeric: \"{call.String(0)}\"");
        Decimals.Return(call, value);
    }
}
