using System.Text;
using ActorReplication.Postgres.Backend;

namespace ActorReplication.Postgres.Types;

/// <summary>PostgreSQL's words for values that a type does not take.</summary>
internal static class InvalidValue
{
    public static PgException Syntax(string type, ReadOnlySpan<byte> text) =>
        new(SqlStates.InvalidTextRepresentation, $"invalid input syntax for type {type}: \"{Show(text)}\"");

    public static PgException DateSyntax(string type, ReadOnlySpan<byte> text) =>
        new(SqlStates.InvalidDatetimeFormat, $"invalid input syntax for type {type}: \"{Show(text)}\"");

    public static PgException DateField(ReadOnlySpan<byte> text) =>
        new(SqlStates.DatetimeFieldOverflow, $"date/time field value out of range: \"{Show(text)}\"");

    public static PgException DateRange(string type, ReadOnlySpan<byte> text) =>
        new(SqlStates.DatetimeFieldOverflow, $"{type} out of range: \"{Show(text)}\"");

    public static PgException OutOfRange(string type, ReadOnlySpan<byte> text) =>
        new(SqlStates.NumericValueOutOfRange, $"value \"{Show(text)}\" is out of range for type {type}");

    public static PgException OutOfRange(string type) => new(SqlStates.NumericValueOutOfRange, $"{type} out of range");

    public static PgException Binary(string type) =>
        new(SqlStates.InvalidBinaryRepresentation, $"incorrect binary data format for type {type}");

    public static PgException Width(int parameter) =>
        new(SqlStates.InvalidBinaryRepresentation, $"incorrect binary data format in bind parameter {parameter}");

    private static string Show(ReadOnlySpan<byte> text) =>
        text.Length <= 200 ? Encoding.UTF8.GetString(text) : Encoding.UTF8.GetString(text[..200]) + "…";
}
