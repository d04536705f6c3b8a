using ActorReplication.Postgres.Backend;

namespace ActorReplication.Postgres.Types;

/// <summary>Writes dates and times in ISO 8601 as PostgreSQL does with DateStyle ISO: fraction without trailing zeros, BC after all else.</summary>
internal static class DateTimeText
{
    public const long Infinity = long.MaxValue, NegativeInfinity = long.MinValue;

    public static void WriteDate(long days, OutputBuffer output)
    {
        var (year, month, day) = Calendar.Date(days);
        Padded(year > 0 ? year : 1 - year, 4, output);
        output.Byte((byte)'-');
        Padded(month, 2, output);
        output.Byte((byte)'-');
        Padded(day, 2, output);
    }

    public static void WriteEra(long days, OutputBuffer output)
    {
        if (Calendar.Date(days).Year <= 0) output.Bytes(" BC"u8);
    }

    /// <param name="micros">Of the day.</param>
    public static void WriteTime(long micros, OutputBuffer output)
    {
        Padded(micros / Calendar.MicrosPerHour, 2, output);
        output.Byte((byte)':');
        Padded(micros / Calendar.MicrosPerMinute % 60, 2, output);
        output.Byte((byte)':');
        Padded(micros / Calendar.MicrosPerSecond % 60, 2, output);
        WriteFraction(micros % Calendar.MicrosPerSecond, output);
    }

    public static void WriteFraction(long micros, OutputBuffer output)
    {
        if (micros == 0) return;
        output.Byte((byte)'.');
        var digits = 6;
        while (micros % 10 == 0) { micros /= 10; digits--; }
        Padded(micros, digits, output);
    }

    /// <param name="seconds">East of UTC.</param>
    public static void WriteZone(int seconds, OutputBuffer output)
    {
        output.Byte(seconds < 0 ? (byte)'-' : (byte)'+');
        var magnitude = Math.Abs(seconds);
        Padded(magnitude / 3600, 2, output);
        if (magnitude % 3600 == 0) return;
        output.Byte((byte)':');
        Padded(magnitude / 60 % 60, 2, output);
        if (magnitude % 60 == 0) return;
        output.Byte((byte)':');
        Padded(magnitude % 60, 2, output);
    }

    /// <param name="micros">Since 2000-01-01, in local time if <paramref name="zone"/> is given.</param>
    public static void WriteTimestamp(long micros, int? zone, OutputBuffer output)
    {
        if (WriteInfinity(micros, output)) return;
        var (days, time) = Calendar.Split(micros);
        WriteDate(days, output);
        output.Byte((byte)' ');
        WriteTime(time, output);
        if (zone is { } seconds) WriteZone(seconds, output);
        WriteEra(days, output);
    }

    public static bool WriteInfinity(long value, OutputBuffer output)
    {
        if (value is not (Infinity or NegativeInfinity)) return false;
        output.Bytes(value > 0 ? "infinity"u8 : "-infinity"u8);
        return true;
    }

    public static void Padded(long value, int width, OutputBuffer output)
    {
        Span<byte> digits = stackalloc byte[20];
        value.TryFormat(digits, out var length);
        for (var i = length; i < width; i++) output.Byte((byte)'0');
        output.Bytes(digits[..length]);
    }
}
