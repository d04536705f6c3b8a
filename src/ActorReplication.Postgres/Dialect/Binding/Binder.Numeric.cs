using ActorReplication.Postgres.Dialect.Typing;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>Comparing numerics. The engine holds those of more than 15 digits as text, which SQLite puts after all numbers; each number has one form only, so equality is SQLite's own.</summary>
internal sealed partial class Binder
{
    /// <summary>Digits that a number, which is not text, may have.</summary>
    private const int NumberDigits = 15;

    /// <summary>Whether the value is never text: an integer, a constant of few digits, what a column or a cast limits to 15 digits.</summary>
    private static bool IsPlainNumber(Bound value) => value.Type.IsInteger || value.IsNull
        || (value.Constant is { } digits && Functions.BigDecimal.TryParse(digits, out _) && !EngineForm.IsBeyondDouble(digits))
        || (value.Type.Oid == PgOid.Numeric && value.Type.Modifier >= 0 && value.Type.Precision <= NumberDigits);

    /// <summary>What to compare for order.</summary>
    /// <param name="left">As it was bound; <paramref name="a"/>: as numeric.</param>
    /// <param name="inRow">It may be the others that decide, if these are equal.</param>
    private static (string Left, string Right) NumericOrder(string op, Bound left, Bound a, Bound right, Bound b, bool inRow = false)
    {
        var (isLeft, isRight) = (IsPlainNumber(left), IsPlainNumber(right));
        if (isLeft && isRight) return (a.Sql, b.Sql);
        // A column of numbers beside a parameter: a number that has the same place among the column's will do, and an index can be used.
        if (isLeft && Placed(left, b, op is "<" or ">=", inRow) is { } high) return (a.Sql, high);
        if (isRight && Placed(right, a, op is ">" or "<=", inRow) is { } low) return (low, b.Sql);
        return ($"pg_numeric_key({a.Sql})", $"pg_numeric_key({b.Sql})");
    }

    /// <summary>Null: there is no such number.</summary>
    /// <param name="up">Of an integer's bound: the next one above is as good, else the next one below.</param>
    private static string? Placed(Bound plain, Bound other, bool up, bool inRow)
    {
        if (other.Sql[0] != '?' || plain.Constant is not null) return null;
        if (!plain.Type.IsInteger) return $"pg_numeric_near({other.Sql})";
        return inRow ? null : $"pg_numeric_whole({other.Sql}, {(up ? 1 : 0)})";
    }

    /// <summary>What to compare for equality. SQLite makes a number of text that it compares with a column of integers, and rounds it: such text is equal to none of them.</summary>
    private static (string Left, string Right) NumericEquality(Bound left, Bound a, Bound right, Bound b)
    {
        if (left.Type.IsInteger && !IsPlainNumber(right)) return (a.Sql, NotText(b.Sql));
        return right.Type.IsInteger && !IsPlainNumber(left) ? (NotText(a.Sql), b.Sql) : (a.Sql, b.Sql);
    }

    private static string NotText(string numeric) => $"pg_numeric_exact({numeric})";
}
