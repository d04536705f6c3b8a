using ActorReplication.Postgres.Dialect.Typing;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>Order among numerics. The engine holds those of more than 15 digits as text, which SQLite puts after all numbers; each number has one form only, so equality is SQLite's own.</summary>
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
    private static (string Left, string Right) NumericOrder(Bound left, Bound a, Bound right, Bound b)
    {
        var (isLeft, isRight) = (IsPlainNumber(left), IsPlainNumber(right));
        if (isLeft && isRight) return (a.Sql, b.Sql);
        // A column of numbers beside a parameter: the nearest number will do, and an index can be used.
        if (isLeft && b.Sql[0] == '?') return (a.Sql, $"pg_numeric_near({b.Sql})");
        if (isRight && a.Sql[0] == '?') return ($"pg_numeric_near({a.Sql})", b.Sql);
        return ($"pg_numeric_key({a.Sql})", $"pg_numeric_key({b.Sql})");
    }
}
