using System.Text;
using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect.Functions;

namespace ActorReplication.Postgres.Types;

/// <summary>What a date or time text says.</summary>
/// <param name="Special">infinity, −infinity or null.</param>
/// <param name="Days">Since 2000-01-01; null if there was no date.</param>
/// <param name="Time">Microseconds of the day, up to and including 24:00; null if there was no time.</param>
/// <param name="ZoneSeconds">East of UTC, if a fixed offset was given.</param>
/// <param name="Zone">A named zone, if one was given.</param>
internal readonly record struct DateTimeFields(long? Special, long? Days, long? Time, int? ZoneSeconds, TimeZoneInfo? Zone);

/// <summary>Reads the date and time texts that programs send: ISO 8601 in PostgreSQL's and in RFC 3339's form, its words, named zones.
/// Forms for people (month names, 01/02/2003) are refused with 22007.</summary>
internal ref struct DateTimeReader
{
    private readonly ReadOnlySpan<byte> _all;
    private readonly string _type;
    private ReadOnlySpan<byte> _rest;

    private DateTimeReader(ReadOnlySpan<byte> text, string type)
    {
        _all = text;
        _type = type;
        _rest = text.Trim(" \t\r\n"u8);
    }

    public static DateTimeFields Read(ReadOnlySpan<byte> text, string type, TimeProvider? clock = null)
    {
        var reader = new DateTimeReader(text, type);
        return reader.Word(clock ?? CallClock.Current) ?? reader.Fields();
    }

    private readonly DateTimeFields? Word(TimeProvider clock)
    {
        if (_rest.IsEmpty) throw Invalid();
        if ((_rest[0] | 0x20) is < 'a' or > 'z' && _rest[0] is not ((byte)'-' or (byte)'+')) return null;
        if (Is("infinity"u8) || Is("+infinity"u8)) return new(DateTimeText.Infinity, null, null, null, null);
        if (Is("-infinity"u8)) return new(DateTimeText.NegativeInfinity, null, null, null, null);
        if (Is("epoch"u8)) return new(null, Calendar.Days(1970, 1, 1), 0, 0, null);
        if (Is("allballs"u8)) return new(null, null, 0, 0, null);
        var now = clock.GetUtcNow();
        var today = Calendar.Days(now.Year, now.Month, now.Day);
        if (Is("now"u8)) return new(null, today, now.TimeOfDay.Ticks / 10, 0, null);
        if (Is("today"u8)) return new(null, today, null, null, null);
        if (Is("tomorrow"u8)) return new(null, today + 1, null, null, null);
        if (Is("yesterday"u8)) return new(null, today - 1, null, null, null);
        return null;
    }

    private readonly bool Is(ReadOnlySpan<byte> word) => Ascii.EqualsIgnoreCase(_rest, word);

    private DateTimeFields Fields()
    {
        (int Year, int Month, int Day)? date = null;
        long? time = null;
        if (LooksLikeDate())
        {
            date = Date();
            if (!_rest.IsEmpty && (_rest[0] | 0x20) == 't') _rest = _rest[1..];
            else SkipBlanks();
        }
        if (!_rest.IsEmpty && _rest[0] is >= (byte)'0' and <= (byte)'9') time = Time();
        else if (date is null) throw Invalid();
        var (zoneSeconds, zone, isBc) = Tail();
        long? days = null;
        if (date is { } d)
        {
            if (isBc && d.Year < 1 || !isBc && d.Year == 0) throw InvalidValue.DateField(_all);
            var year = isBc ? 1 - d.Year : d.Year;
            if (!Calendar.IsDate(year, d.Month, d.Day)) throw InvalidValue.DateField(_all);
            days = Calendar.Days(year, d.Month, d.Day);
        }
        return new(null, days, time, zoneSeconds, zone);
    }

    /// <summary>Digits up to a hyphen, or eight digits in a row.</summary>
    private readonly bool LooksLikeDate()
    {
        var digits = 0;
        while (digits < _rest.Length && _rest[digits] is >= (byte)'0' and <= (byte)'9') digits++;
        return digits >= 4 && digits < _rest.Length && _rest[digits] == (byte)'-' || digits == 8;
    }

    private (int, int, int) Date()
    {
        if (_rest.Length >= 8 && !_rest[..8].Contains((byte)'-')) return (Number(4, 4), Number(2, 2), Number(2, 2));
        var year = Number(4, 6);
        Expect((byte)'-');
        var month = Number(1, 2);
        Expect((byte)'-');
        return (year, month, Number(1, 2));
    }

    private long Time()
    {
        long hour = Number(1, 2), second = 0, fraction = 0;
        Expect((byte)':');
        long minute = Number(2, 2);
        if (Accept((byte)':'))
        {
            second = Number(1, 2);
            if (Accept((byte)'.')) fraction = Fraction();
        }
        SkipBlanks();
        if (_rest.Length >= 2 && (_rest[1] | 0x20) == 'm' && (_rest[0] | 0x20) is 'a' or 'p' && (_rest.Length == 2 || _rest[2] == ' '))
        {
            if (hour is < 1 or > 12) throw InvalidValue.DateField(_all);
            hour = hour % 12 + ((_rest[0] | 0x20) == 'p' ? 12 : 0);
            _rest = _rest[2..];
        }
        if (hour > 24 || minute > 59 || second > 60 || hour == 24 && minute + second + fraction > 0) throw InvalidValue.DateField(_all);
        return hour * Calendar.MicrosPerHour + minute * Calendar.MicrosPerMinute + second * Calendar.MicrosPerSecond + fraction;
    }

    /// <summary>Microseconds, rounded from as many digits as there are.</summary>
    private long Fraction()
    {
        long micros = 0;
        var digits = 0;
        for (; !_rest.IsEmpty && _rest[0] is >= (byte)'0' and <= (byte)'9'; _rest = _rest[1..], digits++)
        {
            if (digits < 6) micros = micros * 10 + _rest[0] - '0';
            else if (digits == 6 && _rest[0] >= '5') micros++;
        }
        for (; digits < 6; digits++) micros *= 10;
        return micros;
    }

    private (int? Seconds, TimeZoneInfo? Zone, bool IsBc) Tail()
    {
        int? seconds = null;
        TimeZoneInfo? zone = null;
        var bc = false;
        while (true)
        {
            SkipBlanks();
            if (_rest.IsEmpty) return (seconds, zone, bc);
            if (_rest[0] is (byte)'+' or (byte)'-' && seconds is null && zone is null) { seconds = Offset(); continue; }
            var end = _rest.IndexOf((byte)' ');
            var word = end < 0 ? _rest : _rest[..end];
            _rest = _rest[word.Length..];
            if (Ascii.EqualsIgnoreCase(word, "bc"u8)) bc = true;
            else if (Ascii.EqualsIgnoreCase(word, "ad"u8)) bc = false;
            else if (seconds is not null || zone is not null) throw Invalid();
            else if (Ascii.EqualsIgnoreCase(word, "z"u8)) seconds = 0;
            else if ((word[0] | 0x20) is >= 'a' and <= 'z' && TimeZones.Find(Encoding.UTF8.GetString(word)) is { } named) zone = named;
            else if (word.Contains((byte)'/')) throw new PgException(SqlStates.InvalidParameterValue, $"time zone \"{Encoding.UTF8.GetString(word)}\" not recognized");
            else throw Invalid();
        }
    }

    private int Offset()
    {
        var sign = _rest[0] == (byte)'-' ? -1 : 1;
        _rest = _rest[1..];
        int hours = Number(1, 2), minutes = 0, seconds = 0;
        if (Accept((byte)':') || !_rest.IsEmpty && _rest[0] is >= (byte)'0' and <= (byte)'9')
        {
            minutes = Number(2, 2);
            if (Accept((byte)':')) seconds = Number(2, 2);
        }
        if (hours > 15 || minutes > 59 || seconds > 59)
            throw new PgException(SqlStates.DatetimeFieldOverflow, $"time zone displacement out of range: \"{Encoding.UTF8.GetString(_all)}\"");
        return sign * (hours * 3600 + minutes * 60 + seconds);
    }

    private int Number(int minDigits, int maxDigits)
    {
        var value = 0;
        var digits = 0;
        for (; digits < maxDigits && !_rest.IsEmpty && _rest[0] is >= (byte)'0' and <= (byte)'9'; digits++, _rest = _rest[1..]) value = value * 10 + _rest[0] - '0';
        return digits >= minDigits ? value : throw Invalid();
    }

    private bool Accept(byte character)
    {
        if (_rest.IsEmpty || _rest[0] != character) return false;
        _rest = _rest[1..];
        return true;
    }

    private void Expect(byte character)
    {
        if (!Accept(character)) throw Invalid();
    }

    private void SkipBlanks() => _rest = _rest.TrimStart((byte)' ');

    private readonly PgException Invalid() => InvalidValue.DateSyntax(_type, _all);
}
