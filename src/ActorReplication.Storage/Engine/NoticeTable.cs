using System.Text;

namespace ActorReplication.Storage.Engine;

/// <summary>Our table of notifications. Written at the end of the client's transaction and captured like a user's table, so it is the same on every node, whatever
/// the method, and each node finds in it what was committed since it looked last.</summary>
internal sealed class NoticeTable(Connection connection)
{
    internal const string Name = Authorizer.OwnPrefix + "notices";

    /// <summary>The newest ones that stay: more than a node can come to see in one batch of entries.</summary>
    internal const int Kept = 32_768;

    /// <summary>Old ones that a new one takes away at most.</summary>
    private const int MostExpired = 2;

    private Statement? insert, delete;

    /// <summary>After <see cref="StateTable.Create"/>. A file from before there was such a table is of no lineage of pages afterwards: its bytes are its own.</summary>
    internal static void Create(Connection connection)
    {
        if (connection.QueryInt64($"SELECT count(*) FROM public.sqlite_schema WHERE name = '{Name}'") > 0)
            return;
        connection.RunInternal($"CREATE TABLE {Name} (number INTEGER PRIMARY KEY, channel TEXT NOT NULL, payload TEXT NOT NULL, process INTEGER NOT NULL, sender INTEGER NOT NULL) STRICT");
        connection.RunInternal($"UPDATE public.{StateTable.Name} SET lineage = x''");
    }

    internal void Add(IReadOnlyList<Notice> notices)
    {
        insert ??= connection.PrepareInternal($"INSERT INTO public.{Name} (channel, payload, process, sender) VALUES (?1, ?2, ?3, ?4)");
        delete ??= connection.PrepareInternal($"DELETE FROM public.{Name} WHERE number IN (SELECT number FROM public.{Name} WHERE number <= (SELECT max(number) FROM public.{Name}) - {Kept} ORDER BY number LIMIT {MostExpired})");
        foreach (var notice in notices)
        {
            insert.Text(1, Encoding.UTF8.GetBytes(notice.Channel));
            insert.Text(2, Encoding.UTF8.GetBytes(notice.Payload));
            insert.Int64(3, notice.ProcessId);
            insert.Int64(4, notice.Sender);
            connection.StepInternal(insert);
            connection.StepInternal(delete);
        }
    }

    internal static long Newest(Connection connection) => connection.QueryInt64($"SELECT coalesce(max(number), 0) FROM public.{Name}");

    /// <summary>Those after <paramref name="number"/>, in order.</summary>
    internal static List<Notice> After(Connection connection, long number, int most)
    {
        var found = new List<Notice>();
        var statement = connection.PrepareInternal($"SELECT number, channel, payload, process, sender FROM public.{Name} WHERE number > ?1 ORDER BY number LIMIT ?2");
        try
        {
            statement.Int64(1, number);
            statement.Int64(2, most);
            while (connection.StepInternal(statement))
                found.Add(new Notice(statement.TextString(1), statement.TextString(2), (int)statement.Int64(3), statement.Int64(4)) { Number = statement.Int64(0) });
        }
        finally
        {
            statement.FinalizeHandle();
        }
        return found;
    }

    internal void Close()
    {
        insert?.FinalizeHandle();
        delete?.FinalizeHandle();
    }
}
