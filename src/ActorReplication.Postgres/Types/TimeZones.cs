using System.Globalization;

namespace ActorReplication.Postgres.Types;

/// <summary>Time zones by the names that clients use.</summary>
internal static class TimeZones
{
    /// <summary>A zone of the tz database (any letter case), UTC's other names, or a whole or fractional number of hours east; else null.</summary>
    public static TimeZoneInfo? Find(string name)
    {
        if (name.Equals("UTC", StringComparison.OrdinalIgnoreCase) || name.Equals("GMT", StringComparison.OrdinalIgnoreCase)
            || name.Equals("Zulu", StringComparison.OrdinalIgnoreCase) || name.Equals("Etc/UTC", StringComparison.OrdinalIgnoreCase)) return TimeZoneInfo.Utc;
        if (double.TryParse(name, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var hours))
            return Math.Abs(hours) <= 14 ? TimeZoneInfo.CreateCustomTimeZone(name, TimeSpan.FromMinutes(Math.Round(hours * 60)), name, name) : null;
        // Path-like names would be looked up as files.
        if (name.Length is 0 or > 64 || name.Contains("..", StringComparison.Ordinal) || name[0] == '/') return null;
        return TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : null;
    }

    /// <summary>Offset in seconds east of UTC at an instant, given in microseconds since 2000-01-01 UTC.</summary>
    public static int OffsetAt(TimeZoneInfo zone, long utcMicros) => ReferenceEquals(zone, TimeZoneInfo.Utc) ? 0
        : (int)(TryDateTime(utcMicros, DateTimeKind.Utc) is { } instant ? zone.GetUtcOffset(instant) : zone.BaseUtcOffset).TotalSeconds;

    /// <summary>Offset that holds at a local time.</summary>
    public static int OffsetAtLocal(TimeZoneInfo zone, long localMicros) => ReferenceEquals(zone, TimeZoneInfo.Utc) ? 0
        : (int)(TryDateTime(localMicros, DateTimeKind.Unspecified) is { } local ? zone.GetUtcOffset(local) : zone.BaseUtcOffset).TotalSeconds;

    private static DateTime? TryDateTime(long micros, DateTimeKind kind)
    {
        var epoch = new DateTime(2000, 1, 1, 0, 0, 0, kind);
        return micros > -63_000_000_000_000_000 && micros < 252_000_000_000_000_000 ? epoch.AddTicks(micros * 10) : null;
    }
}
