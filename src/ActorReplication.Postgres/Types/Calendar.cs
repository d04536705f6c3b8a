namespace ActorReplication.Postgres.Types;

/// <summary>The proleptic Gregorian calendar in days since 2000-01-01, for all the years that PostgreSQL takes. The arithmetic counts 400-year
/// cycles of 146,097 days from 1 March of year 0, so that the leap day is a cycle's last. Year 0 is 1 BC.</summary>
internal static class Calendar
{
    public const long MicrosPerSecond = 1_000_000, MicrosPerMinute = 60 * MicrosPerSecond, MicrosPerHour = 60 * MicrosPerMinute, MicrosPerDay = 24 * MicrosPerHour;
    public const int MinYear = -4712, MaxYear = 294_276;

    /// <summary>Days from 0000-03-01 to 2000-01-01.</summary>
    private const long Epoch = 730_425;
    private const int CycleDays = 146_097;

    public static long Days(int year, int month, int day)
    {
        var y = month <= 2 ? year - 1L : year;
        var cycle = Math.DivRem(y, 400, out var yearOfCycle);
        if (yearOfCycle < 0) { cycle--; yearOfCycle += 400; }
        var dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
        return cycle * CycleDays + yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100 + dayOfYear - Epoch;
    }

    public static (int Year, int Month, int Day) Date(long days)
    {
        var z = days + Epoch;
        var cycle = Math.DivRem(z, CycleDays, out var dayOfCycle);
        if (dayOfCycle < 0) { cycle--; dayOfCycle += CycleDays; }
        var yearOfCycle = (dayOfCycle - dayOfCycle / 1460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365;
        var dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100);
        var shifted = (5 * dayOfYear + 2) / 153;
        var month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
        var year = (int)(cycle * 400 + yearOfCycle) + (month <= 2 ? 1 : 0);
        return (year, month, (int)(dayOfYear - (153 * shifted + 2) / 5 + 1));
    }

    public static bool IsDate(int year, int month, int day) => month is >= 1 and <= 12 && day >= 1 && day <= DaysIn(year, month);

    private static int DaysIn(int year, int month) => month switch
    {
        2 => year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28,
        4 or 6 or 9 or 11 => 30,
        _ => 31,
    };

    /// <summary>Splits microseconds since 2000-01-01 into days and the microseconds of the day.</summary>
    public static (long Days, long Micros) Split(long micros)
    {
        var days = Math.DivRem(micros, MicrosPerDay, out var rest);
        return rest < 0 ? (days - 1, rest + MicrosPerDay) : (days, rest);
    }
}
