using System.Globalization;
using System.Numerics;

namespace ActorReplication.Postgres.Dialect.Functions;

/// <summary>A decimal number of any length, exactly: <paramref name="Unscaled"/> / 10^<paramref name="Scale"/>.</summary>
/// <param name="Scale">Digits after the point, not negative.</param>
internal readonly record struct BigDecimal(BigInteger Unscaled, int Scale)
{
    /// <summary>What PostgreSQL's numeric takes.</summary>
    private const int MostWholeDigits = 131_072, MostScale = 16_383;

    /// <summary>Digits that a quotient has at least, and after the point at most (PostgreSQL's NUMERIC_MIN_SIG_DIGITS and NUMERIC_MAX_DISPLAY_SCALE).</summary>
    private const int QuotientDigits = 16, MostQuotientScale = 1000;

    private static readonly BigInteger[] Powers = [.. Enumerable.Range(0, 64).Select(i => BigInteger.Pow(10, i))];

    public static readonly BigDecimal Zero = new(0, 0);

    public int Sign => Unscaled.Sign;

    public static BigDecimal Of(long value) => new(value, 0);

    /// <param name="text">Digits with a sign, point and exponent, or without them. False: it is something else, or too large.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out BigDecimal value)
    {
        value = default;
        text = text.Trim();
        var exponent = 0;
        var e = text.IndexOfAny('e', 'E');
        if (e >= 0)
        {
            if (!int.TryParse(text[(e + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent) || Math.Abs(exponent) > MostWholeDigits) return false;
            text = text[..e];
        }
        var point = text.IndexOf('.');
        var scale = point < 0 ? 0 : text.Length - point - 1;
        var digits = point < 0 ? text : string.Concat(text[..point], text[(point + 1)..]);
        if (digits.IsEmpty || !BigInteger.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var unscaled)) return false;
        scale -= exponent;
        value = scale >= 0 ? new BigDecimal(unscaled, scale) : new BigDecimal(unscaled * PowerOfTen(-scale), 0);
        return value.Scale <= MostScale + MostWholeDigits;
    }

    public static BigInteger PowerOfTen(int exponent) => exponent < Powers.Length ? Powers[exponent] : BigInteger.Pow(10, exponent);

    public static BigDecimal operator +(BigDecimal a, BigDecimal b)
    {
        var (x, y, scale) = Aligned(a, b);
        return new BigDecimal(x + y, scale).Checked();
    }

    public static BigDecimal operator -(BigDecimal a, BigDecimal b)
    {
        var (x, y, scale) = Aligned(a, b);
        return new BigDecimal(x - y, scale).Checked();
    }

    /// <summary>The number, if PostgreSQL's numeric takes as many digits before the point.</summary>
    /// <exception cref="DialectException">22003.</exception>
    public BigDecimal Checked()
    {
        var bits = BigInteger.Abs(Unscaled).GetBitLength();
        if (bits < MostWholeDigits * 3L) return this;
        if (IsSurelyBeyond(bits - 1, Scale) || Digits - Scale > MostWholeDigits) throw Overflow();
        return this;
    }

    private static bool IsSurelyBeyond(long bits, int scale) => bits * 0.30102 > MostWholeDigits + scale + 1.0;

    private static DialectException Overflow() => new("22003", "value overflows numeric format");

    public static BigDecimal operator -(BigDecimal a) => a with { Unscaled = -a.Unscaled };

    /// <exception cref="DialectException">22003.</exception>
    public static BigDecimal operator *(BigDecimal a, BigDecimal b)
    {
        // Before the work: a number of n bits is at least 2^(n-1).
        if (a.Sign != 0 && b.Sign != 0 && IsSurelyBeyond(a.Unscaled.GetBitLength() + b.Unscaled.GetBitLength() - 2, a.Scale + b.Scale)) throw Overflow();
        var product = new BigDecimal(a.Unscaled * b.Unscaled, a.Scale + b.Scale);
        if (product.Scale > MostScale) product = product.Rounded(MostScale);
        return product.Checked();
    }

    public static BigDecimal operator %(BigDecimal a, BigDecimal b)
    {
        var (x, y, scale) = Aligned(a, b);
        return new BigDecimal(BigInteger.Remainder(x, y), scale);
    }

    /// <summary>Half away from zero, with as many digits after the point as PostgreSQL gives (its numeric.c counts in groups of four): 16 significant ones at least, and as many after the point as either has.</summary>
    public BigDecimal DividedBy(BigDecimal divisor)
    {
        if (Sign == 0) return Zero;
        var (weight, first) = Leading();
        var (divisorWeight, divisorFirst) = divisor.Leading();
        var quotientWeight = weight - divisorWeight - (first <= divisorFirst ? 1 : 0);
        var scale = Math.Min(MostQuotientScale, Math.Max(Math.Max(QuotientDigits - 4 * quotientWeight, 0), Math.Max(Scale, divisor.Scale)));
        var shift = scale + divisor.Scale - Scale;
        var (numerator, denominator) = shift >= 0 ? (Unscaled * PowerOfTen(shift), divisor.Unscaled) : (Unscaled, divisor.Unscaled * PowerOfTen(-shift));
        return new BigDecimal(DivideRounding(numerator, denominator), scale);
    }

    /// <summary>The first group of four digits and its weight in powers of 10000; groups begin at the point.</summary>
    private (int Weight, int First) Leading()
    {
        var exponent = Digits - Scale - 1;
        var weight = exponent >= 0 ? exponent / 4 : -((3 - exponent) / 4);
        var digits = exponent - 4 * weight + 1;
        var drop = Digits - digits;
        var first = drop >= 0 ? BigInteger.Abs(Unscaled) / PowerOfTen(drop) : BigInteger.Abs(Unscaled) * PowerOfTen(-drop);
        return (weight, (int)first);
    }

    /// <summary>Half away from zero; a negative scale rounds before the point.</summary>
    public BigDecimal Rounded(int scale)
    {
        if (scale >= Scale) return this;
        if (scale >= 0) return new BigDecimal(DivideRounding(Unscaled, PowerOfTen(Scale - scale)), scale);
        if (-scale > MostWholeDigits) return Zero;
        return new BigDecimal(DivideRounding(Unscaled, PowerOfTen(Scale - scale)) * PowerOfTen(-scale), 0);
    }

    public BigDecimal Truncated(int scale)
    {
        if (scale >= Scale) return this;
        if (-scale > MostWholeDigits) return Zero;
        var kept = BigInteger.Divide(Unscaled, PowerOfTen(Scale - scale));
        return scale >= 0 ? new BigDecimal(kept, scale) : new BigDecimal(kept * PowerOfTen(-scale), 0);
    }

    public BigDecimal Floor() => Truncated(0) is var whole && Sign < 0 && CompareTo(whole) != 0 ? whole - Of(1) : Truncated(0);

    public BigDecimal Ceiling() => -(-this).Floor();

    /// <summary>Without zeros at the end of the fraction: equal numbers have one such form.</summary>
    public BigDecimal Trimmed()
    {
        if (Scale == 0 || !Unscaled.IsEven) return this;
        if (Unscaled.IsZero) return Zero;
        var (unscaled, scale) = (Unscaled, Scale);
        // Ten has one factor two. Each power of two of zeros is tried once, the largest first: few divisions, however many zeros.
        var most = (int)BigInteger.Min(scale, BigInteger.TrailingZeroCount(unscaled));
        for (var zeros = (int)BitOperations.RoundUpToPowerOf2((uint)most + 1) / 2; zeros > 0; zeros /= 2)
        {
            if (zeros > scale) continue;
            var (quotient, rest) = BigInteger.DivRem(unscaled, PowerOfTen(zeros));
            if (rest.IsZero) (unscaled, scale) = (quotient, scale - zeros);
        }
        return new BigDecimal(unscaled, scale);
    }

    public int CompareTo(BigDecimal other)
    {
        var (x, y, _) = Aligned(this, other);
        return x.CompareTo(y);
    }

    /// <summary>Of the unscaled number; 1 for zero.</summary>
    public int Digits
    {
        get
        {
            if (Unscaled.IsZero) return 1;
            var digits = (int)(BigInteger.Abs(Unscaled).GetBitLength() * 0.30102999566398120) + 1;
            return BigInteger.Abs(Unscaled) < PowerOfTen(digits - 1) ? digits - 1 : digits;
        }
    }

    /// <summary>All digits, no exponent.</summary>
    public override string ToString()
    {
        var digits = BigInteger.Abs(Unscaled).ToString(CultureInfo.InvariantCulture).PadLeft(Scale + 1, '0');
        var sign = Sign < 0 ? "-" : "";
        return Scale == 0 ? sign + digits : $"{sign}{digits[..^Scale]}.{digits[^Scale..]}";
    }

    private static (BigInteger A, BigInteger B, int Scale) Aligned(BigDecimal a, BigDecimal b) => a.Scale == b.Scale ? (a.Unscaled, b.Unscaled, a.Scale)
        : a.Scale > b.Scale ? (a.Unscaled, b.Unscaled * PowerOfTen(a.Scale - b.Scale), a.Scale)
        : (a.Unscaled * PowerOfTen(b.Scale - a.Scale), b.Unscaled, b.Scale);

    private static BigInteger DivideRounding(BigInteger numerator, BigInteger denominator)
    {
        var (quotient, rest) = BigInteger.DivRem(numerator, denominator);
        if (BigInteger.Abs(rest) * 2 >= BigInteger.Abs(denominator)) quotient += numerator.Sign * denominator.Sign;
        return quotient;
    }
}
