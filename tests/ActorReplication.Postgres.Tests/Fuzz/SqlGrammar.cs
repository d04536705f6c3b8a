namespace ActorReplication.Postgres.Tests.Fuzz;

/// <summary>Statements that PostgreSQL's grammar allows over the tables of <see cref="Dialect.ResultCases.Setup"/>, most of them without sense.</summary>
internal sealed class SqlGrammar(Random random)
{
    private const int MostDepth = 5;
    private static readonly string[] Tables = ["people", "pets", "nums"], Types = ["int", "text", "numeric", "float8", "bool", "date", "timestamptz", "jsonb", "int[]", "varchar(3)", "bytea", "interval", "uuid"];
    private static readonly string[] Columns = ["id", "name", "age", "city", "born", "score", "active", "data", "seen", "tags", "owner", "pet", "weight", "i", "b", "n", "f", "s", "p.id", "people.name", "x", "*"];
    private static readonly string[] Literals = ["1", "-2", "2.5", "1e10", "'a'", "null", "true", "'2026-01-01'::date", "interval '1 day'", "'{1,2}'::int[]", "'{\"a\": [1]}'::jsonb", "$$x$$", "E'\\n'", "9223372036854775807", "'NaN'::float8", "array[1, 2]", "$1", "$2"];
    private static readonly string[] Operators = ["+", "-", "*", "/", "%", "||", "=", "<>", "<", ">=", "and", "or", "like", "ilike", "~", "->", "->>", "@>", "is distinct from", "^", "#>>", "&", "<<"];
    private static readonly string[] Functions = ["count", "sum", "avg", "min", "max", "lower", "length", "coalesce", "nullif", "greatest", "now", "date_trunc", "to_char", "substring", "round", "array_agg", "string_agg", "jsonb_build_object", "generate_series", "row_number", "unnest", "format", "concat", "abs", "extract_nothing"];

    public string Statement() => random.Next(12) switch
    {
        < 6 => Query(0),
        6 => $"insert into {Pick(Tables)} ({Some(Pick(Columns))}) {(Coin() ? "values (" + Some(Expression(1)) + ")" : Query(1))}{Optional(" on conflict do nothing")}{Optional(" returning " + Expression(1))}",
        7 => $"update {Pick(Tables)} set {Pick(Columns)} = {Expression(1)}{Optional(" from " + From(1))}{Optional(" where " + Expression(1))}{Optional(" returning *")}",
        8 => $"delete from {Pick(Tables)}{Optional(" using " + From(1))}{Optional(" where " + Expression(1))}",
        9 => $"create table {Optional("if not exists ")}z{random.Next(3)} (a {Pick(Types)}{Optional(" primary key")}, b {Pick(Types)} default {Expression(3)}, check ({Expression(3)}))",
        10 => $"alter table {Pick(Tables)} add column c{random.Next(3)} {Pick(Types)}{Optional(" not null default " + Expression(3))}",
        _ => $"explain {Query(1)}",
    };

    private string Query(int depth)
    {
        var query = $"select {Optional("distinct ")}{Some(Expression(depth + 1) + Optional(" as x"))}{Optional(" from " + From(depth + 1))}{Optional(" where " + Expression(depth + 1))}"
            + $"{Optional(" group by " + Some(Expression(depth + 2)))}{Optional(" having " + Expression(depth + 2))}{Optional(" order by " + Some(Expression(depth + 2) + Optional(" desc") + Optional(" nulls first")))}{Optional(" limit " + Pick(Literals))}{Optional(" offset 1")}";
        if (depth < MostDepth && random.Next(8) == 0) query = $"({query}) {Pick(["union", "union all", "except", "intersect"])} ({Query(depth + 2)})";
        return depth < 2 && random.Next(8) == 0 ? $"with {Optional("recursive ")}w(x) as ({Query(depth + 2)}) {query}" : query;
    }

    private string From(int depth) => random.Next(depth < MostDepth ? 6 : 2) switch
    {
        0 or 1 => Pick(Tables) + Optional(" p"),
        2 => $"({Query(depth + 1)}) as q",
        3 => $"{From(depth + 1)} {Pick(["join", "left join", "full join", "cross join", "right join"])} {From(depth + 1)}{Optional(" on " + Expression(depth + 1))}",
        4 => $"generate_series(1, {Expression(depth + 2)}) g",
        _ => $"{From(depth + 1)}, lateral ({Query(depth + 1)}) l",
    };

    private string Expression(int depth) => random.Next(depth < MostDepth ? 14 : 3) switch
    {
        0 or 1 => Pick(Columns),
        2 or 3 => Pick(Literals),
        4 or 5 => $"{Expression(depth + 1)} {Pick(Operators)} {Expression(depth + 1)}",
        6 => $"({Expression(depth + 1)})",
        7 => $"{Pick(Functions)}({Optional("distinct ")}{Some(Expression(depth + 1))}){Optional(" over (partition by " + Expression(depth + 2) + ")")}{Optional(" filter (where true)")}",
        8 => $"{Expression(depth + 1)}::{Pick(Types)}",
        9 => $"case {Optional(Expression(depth + 1))} when {Expression(depth + 1)} then {Expression(depth + 1)} end",
        10 => $"{Expression(depth + 1)} {Optional("not ")}in ({(Coin() ? Some(Expression(depth + 1)) : Query(depth + 1))})",
        11 => $"{Optional("not ")}exists ({Query(depth + 1)})",
        12 => $"{Expression(depth + 1)} = any({Expression(depth + 1)})",
        _ => $"not {Expression(depth + 1)}",
    };

    private bool Coin() => random.Next(2) == 0;
    private string Pick(IReadOnlyList<string> from) => from[random.Next(from.Count)];
    private string Optional(string text) => random.Next(3) == 0 ? text : "";
    private string Some(string first) => random.Next(3) == 0 ? $"{first}, {Expression(MostDepth)}" : first;
}
