using ActorReplication.Storage.Engine;

namespace ActorReplication.Storage.Capture;

/// <summary>Judges whether a statement has the same effect on every node that holds the same rows, whatever plan SQLite makes there. What is not known to be
/// safe is not safe.</summary>
internal sealed class StatementSafety(Connection connection, TableCatalog catalog, DatabaseOptions options)
{
    private readonly FunctionKinds functions = new(options);
    private readonly UniqueColumns unique = new(connection, catalog);
    private SchemaHazards? hazards;

    internal Verdict Of(Statement statement)
    {
        var detail = statement.Facts.Detail ?? throw new InvalidOperationException("the statement was prepared without noting details");
        return detail.Verdict ??= Judge(statement, detail);
    }

    private Verdict Judge(Statement statement, StatementDetail detail)
    {
        hazards ??= new SchemaHazards(connection, catalog, functions);
        var facts = statement.Facts;
        if (facts.TouchesVirtual || detail.TablesRead.Any(table => catalog.Find(table) is { IsVirtual: true }))
            return Verdict.Never(ShipReason.VirtualTable);

        var found = Hazard.None;
        foreach (var name in facts.Writes.Select(write => write.Table).Concat(detail.Objects))
            found |= hazards.Of(name);
        detail.ReadsLastRowid = detail.Functions.Contains("last_insert_rowid") || found.HasFlag(Hazard.LastRowid);
        detail.ReadsChanges = detail.Functions.Contains("changes") || found.HasFlag(Hazard.Changes);
        if (found.HasFlag(Hazard.Elsewhere) || detail.Functions.Any(name => functions.Of(name) == FunctionInput.Elsewhere))
            return Verdict.Unsafe(ShipReason.Function);
        if (found.HasFlag(Hazard.Limit))
            return Verdict.Unsafe(ShipReason.Limit);
        if (found.HasFlag(Hazard.Query))
            return Verdict.Unsafe(ShipReason.Query);

        var text = new StatementText(statement.SqlUtf8);
        if (found.HasFlag(Hazard.LocalTime) || text.Has("'LOCALTIME'"))
            return Verdict.Unsafe(ShipReason.LocalTime);
        var draws = found.HasFlag(Hazard.Chance) || detail.Functions.Any(name => functions.Of(name) == FunctionInput.Chance);
        var isTotal = (text.Has("LIMIT") || text.Has("ORDER")) && OrderIsTotal(text, detail);
        if (text.Has("LIMIT") && (!isTotal || draws))
            return Verdict.Unsafe(ShipReason.Limit);
        if (text.Has("OVER"))
            return Verdict.Unsafe(ShipReason.RowOrder);
        if (text.Has("WITH") || !text.QueriesHaveNoOrder())
            return Verdict.Unsafe(ShipReason.Query);
        return text.Verb switch
        {
            "INSERT" or "REPLACE" => Insert(text, draws || found.HasFlag(Hazard.Trigger), isTotal),
            "UPDATE" => Update(text, detail, draws || found.HasFlag(Hazard.Trigger)),
            "DELETE" => text.QueriesTarget() || draws || found.HasFlag(Hazard.Trigger) ? Verdict.OneRow : Verdict.Safe,
            _ => Verdict.Unsafe(ShipReason.Query),
        };
    }

    private Verdict Insert(StatementText text, bool isOrdered, bool isTotal)
    {
        // Rows in the order in which they are written down.
        if (!text.InsertsQuery)
            return Verdict.Safe;
        if (isTotal && !isOrdered)
            return Verdict.Safe;
        // Each row says its own key: then it is all the same which comes first.
        var shape = catalog.Find(text.Target);
        var saysKey = shape is { HasRowid: false } || shape is { RowidColumn: >= 0 and var key } && text.Columns.Contains(shape.Columns[key], StringComparer.OrdinalIgnoreCase);
        return saysKey && !isOrdered && !text.HasConflictClause ? Verdict.Safe : Verdict.OneRow;
    }

    private Verdict Update(StatementText text, StatementDetail detail, bool isOrdered)
    {
        if (text.UpdatesFrom)
            return Verdict.Unsafe(ShipReason.RowOrder);
        return isOrdered || text.HasConflictClause || text.QueriesTarget() || detail.Updated.Any(one => unique.Contains(one.Table, one.Column)) ? Verdict.OneRow : Verdict.Safe;
    }

    /// <summary>One query over one table, ordered by a column without equals.</summary>
    private bool OrderIsTotal(StatementText text, StatementDetail detail)
    {
        if (detail.Objects.Count > 0 || text.OnlySource is not { } source)
            return false;
        return catalog.Find(source) is not null && text.OrderColumns(source).Any(column => unique.HasNoEquals(source, column));
    }
}
