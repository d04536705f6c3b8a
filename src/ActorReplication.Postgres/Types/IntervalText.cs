using System.Globalization;
using System.Text;
using ActorReplication.Postgres.Backend;

namespace ActorReplication.Postgres.Types;

/// <summary>Interval texts: written in the four IntervalStyles; read in PostgreSQL's forms and ISO 8601's with designators.</summary>
internal static class IntervalText
{
    public static void Write(Interval interval, IntervalStyle style, OutputBuffer output)
    {
        switch (style)
        {
            case IntervalStyle.Iso8601: output.Text(Iso(interval)); break;
            case IntervalStyle.PostgresVerbose: output.Text(Verbose(interval)); break;
            case IntervalStyle.SqlStandard: output.Text(Standard(interval)); break;
            default: output.Text(Postgres(interval)); break;
        }
    }

    public static Interval Parse(ReadOnlySpan<byte> text)
    {
        var words = Encoding.UTF8.GetString(text).Trim();
        try
        {
            if (words.Length == 0) throw new FormatException();
            return words[0] is 'P' or 'p' ? IsoInterval(words) : Words(words);
        }
        catch (FormatException) { throw InvalidValue.DateSyntax("interval", text); }
        catch (OverflowException) { throw new PgException(SqlStates.DatetimeFieldOverflow, $"interval field value out of range: \"{words}\""); }
    }

    private static string Postgres(Interval interval)
    {
        var result = new StringBuilder();
        var negativeBefore = false;
        Part(interval.Months / 12, "year");
        Part(interval.Months % 12, "mon");
        Part(interval.Days, "day");
        if (interval.Micros != 0 || result.Length == 0)
        {
            if (result.Length > 0) result.Append(' ');
            if (interval.Micros < 0) result.Append('-');
            else if (negativeBefore) result.Append('+');
            result.Append(Clock(interval.Micros, padHours: true));
        }
        return result.ToString();

        void Part(int count, string unit)
        {
            if (count == 0) return;
            if (result.Length > 0) result.Append(' ');
            if (count > 0 && negativeBefore) result.Append('+');
            result.Append(CultureInfo.InvariantCulture, $"{count} {unit}{(count == 1 ? "" : "s")}");
            negativeBefore = count < 0;
        }
    }

    private static string Verbose(Interval interval)
    {
        var negative = interval.Months < 0 || interval.Months == 0 && (interval.Days < 0 || interval.Days == 0 && interval.Micros < 0);
        var sign = negative ? -1 : 1;
        var result = new StringBuilder("@");
        Part(interval.Months / 12 * sign, "year");
        Part(interval.Months % 12 * sign, "mon");
        Part(interval.Days * sign, "day");
        var micros = interval.Micros * sign;
        Part(micros / Calendar.MicrosPerHour, "hour");
        Part(micros / Calendar.MicrosPerMinute % 60, "min");
        var seconds = micros % Calendar.MicrosPerMinute;
        if (seconds != 0) result.Append(CultureInfo.InvariantCulture, $" {(seconds < 0 ? "-" : "")}{Seconds(Math.Abs(seconds))} sec{(Math.Abs(seconds) == Calendar.MicrosPerSecond ? "" : "s")}");
        if (result.Length == 1) result.Append(" 0");
        if (negative) result.Append(" ago");
        return result.ToString();

        void Part(long count, string unit)
        {
            if (count != 0) result.Append(CultureInfo.InvariantCulture, $" {count} {unit}{(count == 1 ? "" : "s")}");
        }
    }

    private static string Standard(Interval interval)
    {
        if (interval == default) return "0";
        var result = new StringBuilder();
        if (interval.Months != 0) result.Append(CultureInfo.InvariantCulture, $"{(interval.Months < 0 ? '-' : '+')}{Math.Abs(interval.Months / 12)}-{Math.Abs(interval.Months % 12)} ");
        if (interval.Days != 0 || interval.Months != 0) result.Append(CultureInfo.InvariantCulture, $"{(interval.Days < 0 ? '-' : '+')}{Math.Abs((long)interval.Days)} ");
        if (interval.Micros != 0 || interval.Months != 0 || interval.Days != 0) result.Append(interval.Micros < 0 ? '-' : '+').Append(Clock(interval.Micros, padHours: false));
        var text = result.ToString().Trim();
        // With one part only, the plus sign is left out.
        return interval.Months == 0 && interval.Days == 0 ? text.TrimStart('+') : text;
    }

    private static string Iso(Interval interval)
    {
        if (interval == default) return "PT0S";
        var result = new StringBuilder("P");
        Part(interval.Months / 12, 'Y');
        Part(interval.Months % 12, 'M');
        Part(interval.Days, 'D');
        if (interval.Micros != 0) result.Append('T');
        Part(interval.Micros / Calendar.MicrosPerHour, 'H');
        Part(interval.Micros / Calendar.MicrosPerMinute % 60, 'M');
        var seconds = interval.Micros % Calendar.MicrosPerMinute;
        if (seconds != 0) result.Append(CultureInfo.InvariantCulture, $"{(seconds < 0 ? "-" : "")}{Seconds(Math.Abs(seconds))}S");
        return result.ToString();

        void Part(long count, char unit)
        {
            if (count != 0) result.Append(CultureInfo.InvariantCulture, $"{count}{unit}");
        }
    }

    private static string Clock(long micros, bool padHours)
    {
        var magnitude = micros < 0 ? unchecked((ulong)-micros) : (ulong)micros;
        var hours = magnitude / (ulong)Calendar.MicrosPerHour;
        var rest = (long)(magnitude % (ulong)Calendar.MicrosPerHour);
        var seconds = Seconds(rest % Calendar.MicrosPerMinute);
        if (seconds.Length < 2 || seconds[1] == '.') seconds = "0" + seconds;
        return $"{hours.ToString(padHours ? "00" : "0", CultureInfo.InvariantCulture)}:{rest / Calendar.MicrosPerMinute:00}:{seconds}";
    }

    private static string Seconds(long micros) => (micros / (decimal)Calendar.MicrosPerSecond).ToString("0.######", CultureInfo.InvariantCulture);

    /// <summary>"1 year 2 mons -3 days 04:05:06.7 ago", and a bare number as seconds.</summary>
    private static Interval Words(string text)
    {
        var tokens = Tokens(text.TrimStart('@'));
        decimal months = 0, days = 0, micros = 0;
        var ago = false;
        if (tokens.Count == 0) throw new FormatException();
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            if (token.Equals("ago", StringComparison.OrdinalIgnoreCase) && i == tokens.Count - 1 && i > 0) { ago = true; continue; }
            if (token.Contains(':')) { micros += ClockMicros(token); continue; }
            if (token.IndexOf('-', 1) > 0) { months += YearsMonths(token); continue; }
            var count = decimal.Parse(token, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
            // A number before the clock without a unit is days (the SQL standard's form); at the end it is seconds.
            var unit = i + 1 < tokens.Count ? tokens[i + 1] : "s";
            if (unit.Contains(':')) unit = "d";
            else if (i + 1 < tokens.Count) i++;
            Add(unit, count, ref months, ref days, ref micros);
        }
        if (ago) (months, days, micros) = (-months, -days, -micros);
        return Combine(months, days, micros);
    }

    private static List<string> Tokens(string text)
    {
        var tokens = new List<string>();
        for (var i = 0; i < text.Length;)
        {
            if (char.IsWhiteSpace(text[i])) { i++; continue; }
            var start = i;
            if (char.IsAsciiLetter(text[i])) while (i < text.Length && char.IsAsciiLetter(text[i])) i++;
            else while (i < text.Length && !char.IsWhiteSpace(text[i]) && !char.IsAsciiLetter(text[i])) i++;
            tokens.Add(text[start..i]);
        }
        return tokens;
    }

    private static void Add(string unit, decimal count, ref decimal months, ref decimal days, ref decimal micros)
    {
        switch (unit.ToLowerInvariant())
        {
            case "us" or "usec" or "usecs" or "microsecond" or "microseconds": micros += count; break;
            case "ms" or "msec" or "msecs" or "millisecond" or "milliseconds": micros += count * 1000; break;
            case "s" or "sec" or "secs" or "second" or "seconds": micros += count * Calendar.MicrosPerSecond; break;
            case "m" or "min" or "mins" or "minute" or "minutes": micros += count * Calendar.MicrosPerMinute; break;
            case "h" or "hr" or "hrs" or "hour" or "hours": micros += count * Calendar.MicrosPerHour; break;
            case "d" or "day" or "days": days += count; break;
            case "w" or "week" or "weeks": days += count * 7; break;
            case "mon" or "mons" or "month" or "months": months += count; break;
            case "y" or "yr" or "yrs" or "year" or "years": months += count * 12; break;
            case "dec" or "decs" or "decade" or "decades": months += count * 120; break;
            case "c" or "cent" or "century" or "centuries": months += count * 1200; break;
            case "mil" or "mils" or "millennium" or "millennia": months += count * 12_000; break;
            default: throw new FormatException();
        }
    }

    private static decimal ClockMicros(string token)
    {
        var sign = token[0] == '-' ? -1 : 1;
        var parts = token.TrimStart('+', '-').Split(':');
        if (parts.Length is < 2 or > 3) throw new FormatException();
        var hours = decimal.Parse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture);
        var minutes = decimal.Parse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture);
        var seconds = parts.Length == 3 ? decimal.Parse(parts[2], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture) : 0;
        if (minutes > 59 || seconds >= 61) throw new OverflowException();
        return sign * (hours * Calendar.MicrosPerHour + minutes * Calendar.MicrosPerMinute + seconds * Calendar.MicrosPerSecond);
    }

    private static decimal YearsMonths(string token)
    {
        var sign = token[0] == '-' ? -1 : 1;
        var parts = token.TrimStart('+', '-').Split('-');
        if (parts.Length != 2) throw new FormatException();
        return sign * (decimal.Parse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture) * 12 + decimal.Parse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture));
    }

    private static Interval IsoInterval(string text)
    {
        decimal months = 0, days = 0, micros = 0;
        var inTime = false;
        var any = false;
        for (var i = 1; i < text.Length;)
        {
            if (text[i] is 'T' or 't' && !inTime) { inTime = true; i++; continue; }
            var start = i;
            while (i < text.Length && !char.IsAsciiLetter(text[i])) i++;
            if (i == text.Length || i == start) throw new FormatException();
            var count = decimal.Parse(text.AsSpan(start, i - start), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
            var unit = char.ToUpperInvariant(text[i++]) switch
            {
                'Y' when !inTime => "y",
                'M' when !inTime => "mon",
                'W' when !inTime => "w",
                'D' when !inTime => "d",
                'H' when inTime => "h",
                'M' when inTime => "min",
                'S' when inTime => "s",
                _ => throw new FormatException(),
            };
            Add(unit, count, ref months, ref days, ref micros);
            any = true;
        }
        return any ? Combine(months, days, micros) : throw new FormatException();
    }

    /// <summary>Fractions go down: a month is taken as 30 days, a day as 24 hours, as PostgreSQL does for fractions only.</summary>
    private static Interval Combine(decimal months, decimal days, decimal micros)
    {
        var wholeMonths = decimal.Truncate(months);
        days += (months - wholeMonths) * 30;
        var wholeDays = decimal.Truncate(days);
        micros += (days - wholeDays) * Calendar.MicrosPerDay;
        return new Interval(checked((int)wholeMonths), checked((int)wholeDays), checked((long)decimal.Round(micros, MidpointRounding.ToEven)));
    }
}
