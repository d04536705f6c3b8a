namespace ActorReplication.Storage.Engine;

/// <summary>Prepared statements of one connection by SQL text; the least recently used goes when it is full.</summary>
internal sealed class StatementCache(int capacity)
{
    private readonly Dictionary<string, Statement> bySql = new(StringComparer.Ordinal);
    private Statement? newest, oldest;

    internal Statement? Find(string sql)
    {
        if (newest is not null && ReferenceEquals(newest.Sql, sql))
            return newest;
        if (!bySql.TryGetValue(sql, out var statement))
            return null;
        if (!ReferenceEquals(statement, newest))
        {
            Unlink(statement);
            LinkNewest(statement);
        }
        return statement;
    }

    internal void Add(Statement statement)
    {
        bySql.Add(statement.Sql, statement);
        LinkNewest(statement);
        if (bySql.Count > capacity && oldest is { } last && !ReferenceEquals(last, statement))
            Remove(last);
    }

    internal void Clear()
    {
        foreach (var statement in bySql.Values)
            statement.FinalizeHandle();
        bySql.Clear();
        newest = oldest = null;
    }

    private void Remove(Statement statement)
    {
        Unlink(statement);
        bySql.Remove(statement.Sql);
        statement.FinalizeHandle();
    }

    private void LinkNewest(Statement statement)
    {
        statement.Older = newest;
        statement.Newer = null;
        if (newest is not null)
            newest.Newer = statement;
        newest = statement;
        oldest ??= statement;
    }

    private void Unlink(Statement statement)
    {
        if (statement.Newer is null)
            newest = statement.Older;
        else
            statement.Newer.Older = statement.Older;
        if (statement.Older is null)
            oldest = statement.Newer;
        else
            statement.Older.Newer = statement.Newer;
    }
}
