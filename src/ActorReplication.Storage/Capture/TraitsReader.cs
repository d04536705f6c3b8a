using ActorReplication.Storage.Engine;

namespace ActorReplication.Storage.Capture;

/// <summary>Reads the traits of tables, each on its first use.</summary>
internal sealed class TraitsReader(Connection connection)
{
    /// <summary>Prepared queries of indexes that are kept; more are prepared anew.</summary>
    private const int MostQueries = 200;

    private readonly Dictionary<string, Statement?> queries = new(StringComparer.Ordinal);
    private Statement? triggers, references, indexes, others;

    internal TableTraits Of(TableShape shape) => shape.Traits ??= Read(shape);

    /// <summary>Null: SQLite does not take the text. Valid until the next call.</summary>
    internal Statement? Prepare(IndexQuery query)
    {
        if (queries.TryGetValue(query.Sql, out var known))
            return known;
        if (queries.Count >= MostQueries)
            CloseQueries();
        return queries[query.Sql] = connection.TryPrepareInternal(query.Sql);
    }

    private TableTraits Read(TableShape shape)
    {
        triggers ??= connection.PrepareInternal("SELECT 1 FROM public.sqlite_schema WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE");
        references ??= connection.PrepareInternal(
            "SELECT max(s.name <> ?1 COLLATE NOCASE), max(s.name = ?1 COLLATE NOCASE) FROM public.sqlite_schema AS s, pragma_foreign_key_list(s.name, 'public') AS f WHERE s.type = 'table' AND f.\"table\" = ?1 COLLATE NOCASE");
        triggers.Text(1, shape.NameUtf8);
        var hasTriggers = connection.StepInternal(triggers);
        if (hasTriggers)
            Connection.Reset(triggers);
        references.Text(1, shape.NameUtf8);
        connection.StepInternal(references);
        var (fromOthers, itself) = (references.Int64(0) != 0, references.Int64(1) != 0);
        Connection.Reset(references);
        return new TableTraits(hasTriggers, fromOthers || itself, itself, UniqueKeys(shape), Queries(shape));
    }

    private int[][] UniqueKeys(TableShape shape)
    {
        // A column number under zero is an expression.
        indexes ??= connection.PrepareInternal(
            "SELECT l.seq, c.cid FROM pragma_index_list(?1, 'public') AS l, pragma_index_xinfo(l.name, 'public') AS c WHERE l.\"unique\" AND NOT l.partial AND c.key"
            + " AND NOT EXISTS (SELECT 1 FROM pragma_index_xinfo(l.name, 'public') AS e WHERE e.key AND e.cid < 0) ORDER BY l.seq, c.seqno");
        var keys = new List<int[]>();
        var columns = new List<int>();
        var last = -1L;
        indexes.Text(1, shape.NameUtf8);
        while (connection.StepInternal(indexes))
        {
            if (indexes.Int64(0) != last && columns.Count > 0)
                Close();
            last = indexes.Int64(0);
            columns.Add((int)indexes.Int64(1));
        }
        if (columns.Count > 0)
            Close();
        return [.. keys];

        void Close()
        {
            keys.Add([.. columns]);
            columns.Clear();
        }
    }

    private IndexQuery[] Queries(TableShape shape)
    {
        others ??= connection.PrepareInternal(
            "SELECT s.sql FROM pragma_index_list(?1, 'public') AS l JOIN public.sqlite_schema AS s ON s.type = 'index' AND s.name = l.name WHERE l.\"unique\" AND s.sql IS NOT NULL"
            + " AND (l.partial OR EXISTS (SELECT 1 FROM pragma_index_xinfo(l.name, 'public') AS e WHERE e.key AND e.cid < 0)) ORDER BY l.name");
        var found = new List<IndexQuery>();
        others.Text(1, shape.NameUtf8);
        while (connection.StepInternal(others))
        {
            if (IndexQuery.Of(shape, others.TextString(0)) is { } query)
                found.Add(query);
        }
        return [.. found];
    }

    private void CloseQueries()
    {
        foreach (var query in queries.Values)
            query?.FinalizeHandle();
        queries.Clear();
    }

    internal void Close()
    {
        CloseQueries();
        others?.FinalizeHandle();
        triggers?.FinalizeHandle();
        references?.FinalizeHandle();
        indexes?.FinalizeHandle();
    }
}
