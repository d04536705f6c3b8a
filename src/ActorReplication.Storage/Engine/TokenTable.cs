using System.Text;

namespace ActorReplication.Storage.Engine;

/// <summary>Our table of commit tokens. It is written inside the client's transaction and captured like a user's table, so it is the same on every node, whatever the
/// method, and an undo takes tokens back too.</summary>
internal sealed class TokenTable(Connection connection)
{
    internal const string Name = Authorizer.OwnPrefix + "tokens";

    /// <summary>Old tokens that one new token takes away at most: more than one, so that a shorter age is caught up with; few, so that no commit pays for all.</summary>
    private const int MostExpired = 4;

    private Statement? find, insert, oldest, delete;

    /// <summary>The number rises with each token; what has the lowest is the oldest.</summary>
    internal static void Create(Connection connection) =>
        connection.RunInternal($"CREATE TABLE IF NOT EXISTS {Name} (number INTEGER PRIMARY KEY, token TEXT NOT NULL UNIQUE, at INTEGER NOT NULL, statements BLOB NOT NULL) STRICT");

    internal CommitRecord? Find(string token)
    {
        find ??= connection.PrepareInternal($"SELECT statements FROM public.{Name} WHERE token = ?1");
        find.Text(1, Encoding.UTF8.GetBytes(token));
        if (!connection.StepInternal(find))
            return null;
        try
        {
            return new CommitRecord(token, CommitRecord.DecodeStatements(find.Blob(0)));
        }
        catch (InvalidDataException bad)
        {
            // One client's token is no reason for a node to stop.
            return new CommitRecord(token, []) { Unreadable = bad.Message };
        }
        finally
        {
            Connection.Reset(find);
        }
    }

    /// <param name="nowMicros">This leader's clock, since 1970-01-01 UTC.</param>
    internal void Add(CommitRecord record, TokenRules rules, long nowMicros)
    {
        insert ??= connection.PrepareInternal($"INSERT INTO public.{Name} (token, at, statements) VALUES (?1, ?2, ?3)");
        insert.Text(1, Encoding.UTF8.GetBytes(record.Token));
        insert.Int64(2, nowMicros);
        insert.Blob(3, record.EncodeStatements());
        connection.StepInternal(insert);
        for (var i = 0; i < MostExpired && Oldest(rules, nowMicros) is { } number; i++)
        {
            delete ??= connection.PrepareInternal($"DELETE FROM public.{Name} WHERE number = ?1");
            delete.Int64(1, number);
            connection.StepInternal(delete);
        }
    }

    /// <summary>The number of the oldest token, if its time is over.</summary>
    private long? Oldest(TokenRules rules, long nowMicros)
    {
        oldest ??= connection.PrepareInternal($"SELECT number, at, (SELECT max(number) FROM public.{Name}) FROM public.{Name} ORDER BY number LIMIT 1");
        if (!connection.StepInternal(oldest))
            return null;
        var (number, at, newest) = (oldest.Int64(0), oldest.Int64(1), oldest.Int64(2));
        Connection.Reset(oldest);
        var isOneTooMany = newest - number >= rules.Count && at < nowMicros - rules.YoungMicros;
        return at < nowMicros - rules.AgeMicros || isOneTooMany ? number : null;
    }

    internal void Close()
    {
        find?.FinalizeHandle();
        insert?.FinalizeHandle();
        oldest?.FinalizeHandle();
        delete?.FinalizeHandle();
    }
}
