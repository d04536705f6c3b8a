using ActorReplication.Postgres.Dialect.Definitions;
using ActorReplication.Postgres.Dialect.Syntax;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>TRUNCATE: all rows deleted, those that refer to others first.</summary>
internal sealed partial class Binder
{
    private Translation TranslateTruncate(TruncateStatement truncate)
    {
        var tables = truncate.Tables.Select(t => FindWritable(t, "truncate")).Distinct().ToList();
        for (var i = 0; i < tables.Count; i++)
        {
            foreach (var child in _schema.Tables.Where(t => !tables.Contains(t) && t.ForeignKeys.Any(f => f.Parent == tables[i].Name)).ToList())
            {
                if (!truncate.Cascade)
                {
                    throw Error("0A000", "cannot truncate a table referenced in a foreign key constraint", Nowhere, $"Truncate table \"{child.Name}\" at the same time, or use TRUNCATE ... CASCADE.",
                        $"Table \"{child.Name}\" references \"{tables[i].Name}\".");
                }

                _notices.Add(new DialectNotice("NOTICE", "00000", $"truncate cascades to table \"{child.Name}\""));
                tables.Add(child);
            }
        }

        var order = new List<TableInfo>();
        while (tables.Count > 0)
        {
            var next = tables.FirstOrDefault(t => tables.All(other => other == t || other.ForeignKeys.All(f => f.Parent != t.Name))) ?? tables[0];
            tables.Remove(next);
            order.Add(next);
        }

        var restarts = truncate.RestartIdentity ? order.SelectMany(t => RestartIdentity(t, truncate.At)).ToList() : [];
        return Several([.. order.Select(t => $"DELETE FROM {Quote(t.Name)}"), .. restarts], "TRUNCATE TABLE", changesSchema: restarts.Count > 0);
    }

    /// <summary>SQLite forgets a table's counter together with the table: it is made anew without one, and gets one back.</summary>
    private List<string> RestartIdentity(TableInfo table, int at)
    {
        if (table.Columns.FirstOrDefault(SchemaMarks.IsSerial) is not { } column) return [];
        var (bare, whole) = (Draft(table, at), new TableDraft(table, TableText.TryRead(table.Sql)!));
        SetSerial(bare, column.Name, false);
        bare.Set(column.Name, Quote(column.Name));
        whole.IsChanged = true;
        return [.. bare.Statements(), .. whole.Statements()];
    }
}
