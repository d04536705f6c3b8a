using System.Buffers.Binary;
using System.Buffers.Text;
using ActorReplication.Postgres.Backend;

namespace ActorReplication.Postgres.Types;

/// <summary>A decimal number of any length: its digits (values 0–9, no leading zero before the point), how many of them follow the point, and its sign.</summary>
internal sealed class DecimalDigits
{
    private const int PositiveSign = 0x0000, NegativeSign = 0x4000, NaNSign = 0xC000, InfinitySign = 0xD000, NegativeInfinitySign = 0xF000;

    private readonly byte[] _digits;
    private readonly int _sign;

    private DecimalDigits(byte[] digits, int scale, int sign)
    {
        _digits = digits;
        Scale = scale;
        _sign = sign;
    }

    /// <summary>Digits after the point.</summary>
    public int Scale { get; }
    public int WholeDigits => _digits.Length - Scale;

    /// <summary>Without leading and trailing zeros.</summary>
    public int SignificantDigits => _digits.AsSpan().Trim((byte)0).Length;

    /// <summary>Nothing but zeros follows the point.</summary>
    public bool IsInteger => !IsSpecial && !_digits.AsSpan(WholeDigits).ContainsAnyExcept((byte)0);

    /// <summary>Something else than zeros follows the point.</summary>
    public bool IsFraction => !IsSpecial && !IsInteger;

    private bool IsSpecial => _sign is not (PositiveSign or NegativeSign);

    public static DecimalDigits OfSpecial(double value) => new([], 0, double.IsNaN(value) ? NaNSign : value > 0 ? InfinitySign : NegativeInfinitySign);

    /// <param name="text">For which <see cref="FloatText.IsNumber"/> holds.</param>
    public static DecimalDigits Parse(ReadOnlySpan<byte> text)
    {
        var negative = text[0] == (byte)'-';
        if (text[0] is (byte)'-' or (byte)'+') text = text[1..];
        long exponent = 0;
        var e = text.IndexOfAny((byte)'e', (byte)'E');
        if (e >= 0)
        {
            var signed = text[(e + 1)..];
            if (signed[0] == (byte)'+') signed = signed[1..];
            if (!Utf8Parser.TryParse(signed, out exponent, out _) || Math.Abs(exponent) > 200_000) throw Overflow();
            text = text[..e];
        }
        var point = text.IndexOf((byte)'.');
        var whole = point < 0 ? text : text[..point];
        var fraction = point < 0 ? [] : text[(point + 1)..];
        var scale = (int)Math.Max(0, fraction.Length - exponent);
        var digits = new byte[Math.Max(whole.Length + fraction.Length + (int)Math.Max(0, exponent - fraction.Length), scale)];
        // Digits stand at the right end; zeros fill the gap that a negative exponent opens, or follow for a positive one.
        var position = digits.Length - scale - whole.Length - (int)exponent;
        foreach (var digit in whole) digits[position++] = (byte)(digit - '0');
        foreach (var digit in fraction) digits[position++] = (byte)(digit - '0');
        return Normal(digits, scale, negative);
    }

    /// <summary>Rounded half away from zero, or filled up, to <paramref name="scale"/> digits after the point.</summary>
    public DecimalDigits Rounded(int scale)
    {
        if (IsSpecial || scale == Scale) return this;
        if (scale > Scale) return new DecimalDigits([.. _digits, .. new byte[scale - Scale]], scale, _sign);
        var kept = _digits.Length - (Scale - scale);
        if (kept < 0) return new DecimalDigits(new byte[Math.Max(0, scale)], Math.Max(0, scale), PositiveSign);
        var carry = _digits[kept] >= 5;
        var digits = new byte[kept + 1];
        _digits.AsSpan(0, kept).CopyTo(digits.AsSpan(1));
        for (var i = kept; carry && i >= 0; i--)
        {
            digits[i] = (byte)((digits[i] + 1) % 10);
            carry = digits[i] == 0;
        }
        if (scale < 0) return Normal([.. digits, .. new byte[-scale]], 0, _sign == NegativeSign);
        return Normal(digits, scale, _sign == NegativeSign);
    }

    public void WriteText(OutputBuffer output)
    {
        if (IsSpecial)
        {
            output.Bytes(_sign switch { NaNSign => "NaN"u8, InfinitySign => "Infinity"u8, _ => "-Infinity"u8 });
            return;
        }
        if (_sign == NegativeSign) output.Byte((byte)'-');
        if (WholeDigits == 0) output.Byte((byte)'0');
        var span = output.GetSpan(_digits.Length + 1);
        var written = 0;
        for (var i = 0; i < _digits.Length; i++)
        {
            if (i == WholeDigits) span[written++] = (byte)'.';
            span[written++] = (byte)(_digits[i] + '0');
        }
        output.Advance(written);
    }

    /// <summary>int16 count of base-10000 digits, weight of the first, sign, scale; then the digits.</summary>
    public void WriteBinary(OutputBuffer output)
    {
        var groupsWhole = (WholeDigits + 3) / 4;
        var lead = groupsWhole * 4 - WholeDigits;
        var groups = groupsWhole + (Scale + 3) / 4;
        var first = 0;
        while (first < groups && Group(first, lead) == 0) first++;
        var last = groups;
        while (last > first && Group(last - 1, lead) == 0) last--;
        output.Int16(last - first);
        output.Int16(last == first ? 0 : groupsWhole - 1 - first);
        output.Int16(_sign);
        output.Int16(Scale);
        for (var group = first; group < last; group++) output.Int16(Group(group, lead));
    }

    public static DecimalDigits ReadBinary(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 8) throw InvalidValue.Binary("numeric");
        var count = (int)BinaryPrimitives.ReadUInt16BigEndian(bytes);
        var weight = (int)BinaryPrimitives.ReadInt16BigEndian(bytes[2..]);
        var sign = (int)BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]);
        var scale = (int)BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]);
        if (bytes.Length != 8 + 2 * count || scale > 0x3fff) throw InvalidValue.Binary("numeric");
        if (sign is NaNSign or InfinitySign or NegativeInfinitySign) return new([], 0, sign);
        if (sign is not (PositiveSign or NegativeSign)) throw new PgException(SqlStates.InvalidBinaryRepresentation, "invalid sign in external \"numeric\" value");
        var wholeGroups = Math.Max(0, weight + 1);
        var digits = new byte[wholeGroups * 4 + scale];
        for (var i = 0; i < count; i++)
        {
            var group = BinaryPrimitives.ReadUInt16BigEndian(bytes[(8 + 2 * i)..]);
            if (group > 9999) throw new PgException(SqlStates.InvalidBinaryRepresentation, "invalid digit in external \"numeric\" value");
            var position = (wholeGroups - 1 - weight + i) * 4;
            for (var (j, unit) = (0, 1000); j < 4; j++, unit /= 10)
                if (position + j < digits.Length) digits[position + j] = (byte)(group / unit % 10);
        }
        return Normal(digits, scale, sign == NegativeSign);
    }

    private int Group(int group, int lead)
    {
        var value = 0;
        for (var i = group * 4 - lead; i < group * 4 - lead + 4; i++) value = value * 10 + (i >= 0 && i < _digits.Length ? _digits[i] : 0);
        return value;
    }

    private static DecimalDigits Normal(byte[] digits, int scale, bool negative)
    {
        var skip = 0;
        while (skip < digits.Length - scale && digits[skip] == 0) skip++;
        var kept = skip == 0 ? digits : digits[skip..];
        var isZero = !kept.AsSpan().ContainsAnyExcept((byte)0);
        return new DecimalDigits(kept, scale, negative && !isZero ? NegativeSign : PositiveSign);
    }

    private static PgException Overflow() => new(SqlStates.NumericValueOutOfRange, "value overflows numeric format");
}
