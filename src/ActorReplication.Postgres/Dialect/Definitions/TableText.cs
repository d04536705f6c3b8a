using ActorReplication.Postgres.Dialect.Lexing;

namespace ActorReplication.Postgres.Dialect.Definitions;

internal enum ClauseKind : byte { NotNull, PrimaryKey, Unique, Check, ForeignKey, Default, Generated, Other }

/// <summary>A constraint of a table or column, or a column's default, as SQLite's schema has it.</summary>
/// <param name="Rule">The text behind CONSTRAINT and its name.</param>
/// <param name="Columns">Of a table's key; none of a clause that stands with its column.</param>
internal sealed record Clause(ClauseKind Kind, string? Name, string Rule, IReadOnlyList<string> Columns)
{
    public override string ToString() => Name is null ? Rule : $"CONSTRAINT {TableText.Quote(Name)} {Rule}";

    /// <summary>Range, length or digits of a column's type, which the translator has written.</summary>
    public bool IsStorageCheck => Kind == ClauseKind.Check && Name is null
        && (Rule.Contains("pg_in_range(", StringComparison.Ordinal) || Rule.Contains("pg_fits(", StringComparison.Ordinal) || Rule.Contains("pg_is_exact(", StringComparison.Ordinal));
}

/// <param name="Type">With the marks in it.</param>
internal sealed record ColumnText(string Name, string Type, IReadOnlyList<Clause> Clauses)
{
    public override string ToString() => string.Join(' ', [TableText.Quote(Name), .. Type.Length > 0 ? (string[])[Type] : [], .. Clauses.Select(c => c.ToString())]);

    public bool Has(ClauseKind kind) => Clauses.Any(c => c.Kind == kind);

    public ColumnText Without(ClauseKind kind) => this with { Clauses = [.. Clauses.Where(c => c.Kind != kind)] };
}

/// <summary>A CREATE TABLE of SQLite's schema cut into its parts, each kept as it is written.</summary>
/// <param name="Options">WITHOUT ROWID, STRICT.</param>
internal sealed record TableText(IReadOnlyList<ColumnText> Columns, IReadOnlyList<Clause> Clauses, string Options)
{
    /// <summary>What stands behind the table's name.</summary>
    public string Body => $"({string.Join(", ", Columns.Select(c => c.ToString()).Concat(Clauses.Select(c => c.ToString())))}){(Options.Length > 0 ? " " + Options : "")}";

    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>Null: written in a way that only SQLite reads.</summary>
    public static TableText? TryRead(string sql)
    {
        try
        {
            return new TableTextReader(sql).Read();
        }
        catch (DialectException)
        {
            return null;
        }
    }

    /// <summary>One column's definition, as the translator writes it.</summary>
    public static ColumnText ReadColumn(string sql) => TryRead($"({sql})")!.Columns[0];

    public static Clause ReadClause(string sql) => TryRead($"(\"x\", {sql})")!.Clauses[0];
}
