using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Dialect.Functions;

/// <summary>Bytes that compare as the numbers do, however the engine holds those: for order where numbers and text are mixed. Only within a statement, never stored.
/// <para>A byte for the class (−Infinity, negative, zero, positive, Infinity, NaN); for finite numbers other than zero the place of the first digit (int32, biased) and the digits; all of it
/// inverted, and closed by 0xff, for negative ones, whose order is the other way round.</para></summary>
internal static class NumericKey
{
    private const byte NegativeInfinity = 0, Negative = 1, Zero = 2, Positive = 3, Infinity = 4, NaN = 5;

    public static byte[] Of(ISqlFunctionCall call, int argument)
    {
        if (Decimals.Of(call, argument) is { } value) return Of(value);
        var special = call.Number(argument);
        return [double.IsNaN(special) ? NaN : special > 0 ? Infinity : NegativeInfinity];
    }

    public static byte[] Of(BigDecimal value)
    {
        if (value.Sign == 0) return [Zero];
        var digits = BigInteger.Abs(value.Unscaled).ToString(CultureInfo.InvariantCulture);
        var kept = digits.AsSpan().TrimEnd('0');
        var isNegative = value.Sign < 0;
        var key = new byte[1 + 4 + kept.Length + (isNegative ? 1 : 0)];
        key[0] = isNegative ? Negative : Positive;
        BinaryPrimitives.WriteUInt32BigEndian(key.AsSpan(1), (uint)(digits.Length - value.Scale) ^ 0x8000_0000u);
        for (var i = 0; i < kept.Length; i++) key[5 + i] = (byte)kept[i];
        if (!isNegative) return key;
        for (var i = 1; i < key.Length - 1; i++) key[i] = (byte)~key[i];
        key[^1] = 0xff;
        return key;
    }

    public static void Return(ISqlFunctionCall call, ReadOnlySpan<byte> key)
    {
        switch (key[0])
        {
            case Zero: call.Return(0L); return;
            case NaN: call.ReturnString("NaN"); return;
            case Infinity: call.ReturnString("Infinity"); return;
            case NegativeInfinity: call.ReturnString("-Infinity"); return;
        }
        var isNegative = key[0] == Negative;
        var body = key[1..].ToArray();
        if (isNegative)
        {
            body = body[..^1];
            for (var i = 0; i < body.Length; i++) body[i] = (byte)~body[i];
        }
        var place = (int)(BinaryPrimitives.ReadUInt32BigEndian(body) ^ 0x8000_0000u);
        var digits = BigInteger.Parse(System.Text.Encoding.ASCII.GetString(body.AsSpan(4)), CultureInfo.InvariantCulture);
        var scale = body.Length - 4 - place;
        var value = scale >= 0 ? new BigDecimal(digits, scale) : new BigDecimal(digits * BigDecimal.PowerOfTen(-scale), 0);
        Decimals.Return(call, isNegative ? -value : value);
    }
}
