using System.Globalization;
using System.Text.RegularExpressions;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Tests.Sessions;

/// <summary>A small language in place of SQL, for testing sessions. Control statements are spelled as in SQL; the others are:
/// <c>select int4:1, text:$1</c> (one row), <c>series N [bytes]</c> (N rows, streamed), <c>insert X</c>, <c>returning X</c>, <c>list</c>, <c>create X</c>, <c>use X</c>
/// (X must exist), <c>fail Name</c> (a backend error), <c>wait</c> (until cancelled), <c>bad</c> (does not parse), <c>canned</c>, <c>notice</c>, <c>now</c>.</summary>
internal sealed partial class FakeTranslator : ITranslator
{
    public IReadOnlyList<ParsedStatement> Parse(string sql)
    {
        var statements = new List<ParsedStatement>();
        var offset = 0;
        foreach (var part in sql.Split(';'))
        {
            var text = part.Trim();
            if (text.StartsWith("bad", StringComparison.Ordinal)) throw new DialectException("42601", "syntax error at or near \"bad\"", offset + part.IndexOf("bad", StringComparison.Ordinal) + 1);
            if (text.Length > 0) statements.Add(new FakeStatement(text, offset + part.IndexOf(text, StringComparison.Ordinal), Control(text)));
            offset += part.Length + 1;
        }
        return statements;
    }

    public Translation Translate(ParsedStatement statement, ReadOnlySpan<uint> parameterTypes, ISchemaView schema)
    {
        var text = statement.Text;
        var words = text.Split(' ');
        var columns = Columns(text);
        switch (words[0])
        {
            case "use" when schema.Find(words[1]) is null: throw new DialectException("42P01", $"relation \"{words[1]}\" does not exist", statement.Offset + 5);
            case "wide":
                return new Translation { Sql = text, Tag = "SELECT", TagCount = TagCount.Returned, ReadOnly = true, PointRead = true, Columns = [.. schema.Find("t")!.Columns.Select(column => new ResultColumn(column.Name, PgOid.Int4))] };
            case "canned":
                return new Translation { Canned = new CannedResult([new ResultColumn("a", PgOid.Int4), new ResultColumn("b", PgOid.Text)], [["1", "x"], ["2", null]]), Tag = "SELECT", TagCount = TagCount.Returned, ReadOnly = true };
        }
        var declared = parameterTypes.ToArray();
        var types = Parameters().Matches(text).Select(match => (Type: match.Groups["type"].Value, Number: int.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture))).ToArray();
        var parameters = new uint[types.Length == 0 ? 0 : types.Max(type => type.Number)];
        foreach (var (type, number) in types) parameters[number - 1] = number <= declared.Length && declared[number - 1] != 0 ? declared[number - 1] : PgTypes.OidOf(type.Length == 0 ? "text" : type);
        var slots = new List<ParameterSlot>(Enumerable.Range(0, parameters.Length).Select(i => new ParameterSlot.Client(i)));
        if (words[0] == "now") slots.Add(new ParameterSlot.Session(SessionValue.TransactionTime));
        return new Translation
        {
            Sql = text,
            Before = words[0] == "two" ? ["insert before"] : [],
            Tag = words[0] switch { "insert" or "returning" or "two" => "INSERT", "create" => "CREATE TABLE", "use" or "fail" or "nothing" => "UPDATE", _ => "SELECT" },
            TagCount = words[0] switch { "insert" or "returning" or "two" => TagCount.InsertAffected, "create" => TagCount.None, "use" or "fail" or "nothing" => TagCount.Affected, _ => TagCount.Returned },
            ParameterTypes = parameters,
            Slots = slots,
            Columns = columns,
            ReadOnly = words[0] is "select" or "series" or "list" or "now" or "wait" or "failread",
            PointRead = words[0] is "select" or "now" or "list",
            ChangesSchema = words[0] == "create",
            Notices = words[0] == "insert" && words.Length > 2 && words[2] == "notice" ? [new DialectNotice("NOTICE", "42P07", "something to know")] : [],
        };
    }

    private static List<ResultColumn>? Columns(string text)
    {
        var head = text.Split(' ')[0];
        return head switch
        {
            "select" => [.. Items(text).Select(item => new ResultColumn(item.Type, PgTypes.OidOf(item.Type)))],
            "series" => [new ResultColumn("n", PgOid.Int4), new ResultColumn("pad", PgOid.Text)],
            "list" or "returning" => [new ResultColumn("x", PgOid.Text)],
            "now" => [new ResultColumn("now", PgOid.TimestampTz)],
            "wait" or "failread" => [new ResultColumn("w", PgOid.Int4)],
            _ => null,
        };
    }

    public static IEnumerable<(string Type, string Value)> Items(string text) => text["select ".Length..].Split(", ").Select(item => (item.Split(':')[0].Trim(), item[(item.IndexOf(':') + 1)..]));

    private static ControlStatement? Control(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var lower = words.Select(word => word.ToLowerInvariant()).ToArray();
        Isolation? isolation = text.Contains("serializable", StringComparison.OrdinalIgnoreCase) ? Isolation.Serializable : text.Contains("repeatable read", StringComparison.OrdinalIgnoreCase) ? Isolation.RepeatableRead : null;
        bool? readOnly = text.Contains("read only", StringComparison.OrdinalIgnoreCase) ? true : text.Contains("read write", StringComparison.OrdinalIgnoreCase) ? false : null;
        var chain = text.EndsWith("and chain", StringComparison.OrdinalIgnoreCase);
        return lower[0] switch
        {
            "begin" => new ControlStatement.Begin(isolation, readOnly, false),
            "start" => new ControlStatement.Begin(isolation, readOnly, true),
            "commit" or "end" => new ControlStatement.Commit(chain),
            "rollback" when lower.Length > 1 && lower[1] == "to" => new ControlStatement.RollbackTo(words[^1]),
            "rollback" => new ControlStatement.Rollback(chain),
            "savepoint" => new ControlStatement.Savepoint(words[1]),
            "release" => new ControlStatement.Release(words[^1]),
            "set" when lower[1] == "transaction" => new ControlStatement.SetTransaction(isolation, readOnly, false),
            "set" => Set(text[4..]),
            "reset" when lower[1] == "all" => new ControlStatement.ResetAll(),
            "reset" => new ControlStatement.Reset(words[1]),
            "show" when lower[1] == "all" => new ControlStatement.ShowAll(),
            "show" => new ControlStatement.Show(text[5..].Replace(" ", "_").Replace("transaction_isolation_level", "transaction_isolation")),
            "discard" => new ControlStatement.Discard(words[1]),
            "deallocate" => new ControlStatement.Deallocate(lower[1] == "all" ? null : words[1]),
            "prepare" => new ControlStatement.Prepare(words[1], [], new FakeStatement(text[(text.IndexOf(" as ", StringComparison.Ordinal) + 4)..], 0, null)),
            "execute" => new ControlStatement.Execute(words[1], [.. words[2..]]),
            "alter" => new ControlStatement.AlterSystem(words[3], words[^1].Trim('\'')),
            "listen" => new ControlStatement.Listen(words[1]),
            "notify" => new ControlStatement.Notify(words[1], words[2]),
            "lock" => new ControlStatement.NoOperation("LOCK TABLE"),
            _ => null,
        };
    }

    private static ControlStatement.Set Set(string rest)
    {
        var local = rest.StartsWith("local ", StringComparison.OrdinalIgnoreCase);
        if (local) rest = rest[6..];
        if (rest.StartsWith("session ", StringComparison.OrdinalIgnoreCase)) rest = rest[8..];
        var parts = rest.Split('=', 2);
        if (parts.Length == 1) parts = rest.Split(" to ", 2, StringSplitOptions.TrimEntries);
        var value = parts[1].Trim().Trim('\'');
        return new ControlStatement.Set(parts[0].Trim(), value.Equals("default", StringComparison.OrdinalIgnoreCase) ? null : value, local);
    }

    [GeneratedRegex(@"((?<type>[a-z0-9\[\]]+):)?\$(?<number>\d+)")]
    private static partial Regex Parameters();

    private sealed record FakeStatement(string Text, int Offset, ControlStatement? Control) : ParsedStatement(Text, Offset, Control);
}

internal sealed class FakeSchemaReader : ISchemaReader
{
    public string Sql => "schema";

    public ISchemaView Build(long version, IReadOnlyList<object?[]> rows) => new View(version, [.. rows.Select(row => (string)row[0]!)]);

    private sealed class View(long version, string[] names) : ISchemaView
    {
        public long Version => version;

        /// <summary>A table "t" has as many columns as there are tables: its shape changes with the schema.</summary>
        public TableInfo? Find(string name) => names.Contains(name)
            ? new TableInfo(name, 16384, false, "", [.. Enumerable.Range(1, names.Length).Select(i => new ColumnInfo($"c{i}", "integer", false, null, 0, false, (short)i))]) : null;

        public IEnumerable<TableInfo> Tables => [];
        public IEnumerable<IndexInfo> Indexes => [];
    }
}
