using ActorReplication.Postgres.Dialect.Typing;
using ActorReplication.Schemas;

namespace ActorReplication.Postgres.Dialect.Definitions;

/// <summary>A table's definition in the making, from one ALTER TABLE or several of its actions, and the statements that bring the table there.</summary>
internal sealed class TableDraft
{
    private readonly List<KeyValuePair<string, string>> _values = [];
    private readonly Dictionary<string, string> _filled = [];

    public TableDraft(TableInfo info, TableText text)
    {
        Info = info;
        Columns = [.. text.Columns];
        Clauses = [.. text.Clauses];
        Options = text.Options;
        Types = info.Columns.ToDictionary(c => c.Name, c => TypeNames.FromDeclared(c.DeclaredType));
        Key = [.. info.Columns.Where(c => c.PrimaryKey > 0).OrderBy(c => c.PrimaryKey).Select(c => c.Name)];
    }

    public TableInfo Info { get; }
    public List<ColumnText> Columns { get; }
    public List<Clause> Clauses { get; }
    public string Options { get; set; }
    public Dictionary<string, SqlType> Types { get; }

    /// <summary>Columns of the primary key.</summary>
    public List<string> Key { get; set; }

    /// <summary>To run before and after the table is another: DROP INDEX; CREATE INDEX, looking for rows that break a new rule.</summary>
    public List<string> Before { get; } = [];
    public List<string> After { get; } = [];
    public bool IsChanged { get; set; }

    public int IndexOf(string column) => Columns.FindIndex(c => c.Name == column);

    /// <summary>The integer key that is SQLite's rowid.</summary>
    public bool IsRowId(string column) => Key is [var only] && only == column && Columns[IndexOf(column)].Type.StartsWith("INTEGER", StringComparison.OrdinalIgnoreCase)
        && Columns[IndexOf(column)].Has(ClauseKind.PrimaryKey) && !Options.Contains("WITHOUT ROWID", StringComparison.OrdinalIgnoreCase);

    public void Change(string column, Func<ColumnText, ColumnText> change)
    {
        var at = IndexOf(column);
        Columns[at] = change(Columns[at]);
        IsChanged = true;
    }

    public void Add(Clause clause)
    {
        Clauses.Add(clause);
        IsChanged = true;
    }

    public void Remove(Clause clause)
    {
        IsChanged = true;
        if (Clauses.Remove(clause)) return;
        for (var i = 0; i < Columns.Count; i++) Columns[i] = Columns[i] with { Clauses = [.. Columns[i].Clauses.Where(c => c != clause)] };
    }

    /// <summary>All constraints with the column that they stand with; null: the table's.</summary>
    public IEnumerable<(ColumnText? Column, Clause Clause)> AllClauses => Clauses.Select(c => ((ColumnText?)null, c)).Concat(Columns.SelectMany(column => column.Clauses.Select(c => ((ColumnText?)column, c))));

    /// <summary>The column's value in the rows that are there, from the old row.</summary>
    public void Set(string column, string value)
    {
        _values.RemoveAll(v => v.Key == column);
        _values.Add(new(column, value));
        IsChanged = true;
    }

    /// <summary>A value that each node would find otherwise by itself: the column is filled by an UPDATE, whose rows travel.</summary>
    public void Fill(string column, string value)
    {
        _filled[column] = value;
        IsChanged = true;
    }

    public List<string> Statements()
    {
        var statements = new List<string>(Before);
        if (_filled.Count > 0)
        {
            // Without a type a column keeps what it holds as it is.
            var bare = Columns.Select(c => _filled.ContainsKey(c.Name) ? new ColumnText(c.Name, "", []) : c).ToList();
            statements.Add(new TableRedefinition(Info.Name, new TableText(bare, Clauses, Options).Body, _values).ToSql());
            statements.Add($"UPDATE {TableText.Quote(Info.Name)} SET {string.Join(", ", _filled.Select(f => $"{TableText.Quote(f.Key)} = {f.Value}"))}");
        }

        if (IsChanged) statements.Add(new TableRedefinition(Info.Name, new TableText(Columns, Clauses, Options).Body, _filled.Count > 0 ? [] : _values).ToSql());
        statements.AddRange(After);
        return statements;
    }
}
