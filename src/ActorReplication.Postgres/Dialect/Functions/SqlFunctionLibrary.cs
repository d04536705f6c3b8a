namespace ActorReplication.Postgres.Dialect.Functions;

/// <summary>All functions and aggregates that translated SQL calls and SQLite lacks. Register them on every connection, writer and readers, also where
/// log entries are applied: CHECK constraints, defaults and index expressions in the schema call them. Thread-safe, without state.</summary>
public static class SqlFunctionLibrary
{
    public static IReadOnlyList<SqlFunction> Functions { get; } =
    [
        .. CastFunctions.All, .. CheckFunctions.All, .. NumberFunctions.All, .. NumericFunctions.All, .. TextFunctions.All, .. PatternFunctions.All, .. TimeFunctions.All, .. IntervalFunctions.All,
        .. FormatFunctions.All, .. ArrayFunctions.All, .. JsonFunctions.All, .. ServerFunctions.All,
    ];

    public static IReadOnlyList<SqlAggregate> Aggregates { get; } = NumberAggregates.All;
}
