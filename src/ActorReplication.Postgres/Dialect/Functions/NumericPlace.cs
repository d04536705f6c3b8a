using System.Globalization;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Dialect.Functions;

/// <summary>Numbers that stand for a numeric held as text where it is compared with columns that hold numbers only, so that their indexes can be used. NaN stays text, which is above all numbers.</summary>
internal static class NumericPlace
{
    /// <summary>The text's place among numbers of at most 15 digits, none of which it is: a double between the same two of them. Those of 15 digits are further from each other than doubles are.</summary>
    public static void Near(ISqlFunctionCall call)
    {
        if (call.Kind(0) != SqlKind.Text || double.IsNaN(call.Number(0))) { call.ReturnArgument(0); return; }
        var near = call.Number(0);
        if (double.IsFinite(near) && Decimals.Of(call, 0) is { } value && BigDecimal.TryParse(near.ToString("R", CultureInfo.InvariantCulture), out var found))
        {
            if (found.CompareTo(value) < 0) near = Math.BitIncrement(near);
            else if (found.CompareTo(value) > 0) near = Math.BitDecrement(near);
        }
        call.Return(near);
    }

    /// <summary>(text, up): the next integer not below it, or not above it; an infinity if that has more than 64 bits.</summary>
    public static void Whole(ISqlFunctionCall call)
    {
        if (call.Kind(0) != SqlKind.Text || double.IsNaN(call.Number(0))) { call.ReturnArgument(0); return; }
        if (Decimals.Of(call, 0) is not { } value) { call.Return(call.Number(0)); return; }
        var whole = (call.Int64(1) != 0 ? value.Ceiling() : value.Floor()).Unscaled;
        if (whole >= long.MinValue && whole <= long.MaxValue) call.Return((long)whole);
        else call.Return(whole.Sign > 0 ? double.PositiveInfinity : double.NegativeInfinity);
    }

    /// <summary>Text as bytes, which are equal to no number.</summary>
    public static void Exact(ISqlFunctionCall call)
    {
        if (call.Kind(0) == SqlKind.Text) call.ReturnBlob(call.Text(0));
        else call.ReturnArgument(0);
    }
}
