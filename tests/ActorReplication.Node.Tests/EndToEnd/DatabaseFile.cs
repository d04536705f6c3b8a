using SQLitePCL;

namespace ActorReplication.Node.Tests.EndToEnd;

/// <summary>A stopped node's database, changed with SQLite behind the node's back.</summary>
internal static class DatabaseFile
{
    public static void Change(string dataFolder, params string[] statements)
    {
        Batteries_V2.Init();
        Check(raw.sqlite3_open(Path.Combine(dataFolder, "db", "data.sqlite"), out var database), database);
        // What the tables' own checks call.
        Check(raw.sqlite3_create_function(database, "pg_in_range", -1, null, (context, _, _) => raw.sqlite3_result_int(context, 1)), database);
        using (database)
            foreach (var sql in statements) Check(raw.sqlite3_exec(database, sql), database);
    }

    private static void Check(int code, sqlite3 database)
    {
        if (code != raw.SQLITE_OK) throw new InvalidOperationException(raw.sqlite3_errmsg(database).utf8_to_string());
    }
}
