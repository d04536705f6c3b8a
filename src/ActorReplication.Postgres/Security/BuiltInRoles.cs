namespace ActorReplication.Postgres.Security;

/// <summary>The roles that can be granted: each is one right. They are nobody's name.</summary>
public static class BuiltInRoles
{
    public static readonly IReadOnlyList<(string Name, Rights Right)> All =
    [
        ("reader", Rights.Read), ("writer", Rights.Write), ("replication", Rights.Replicate), ("admin", Rights.Administer),
        ("pg_read_all_data", Rights.Read), ("pg_write_all_data", Rights.Write),
    ];

    public static Rights? Find(string name)
    {
        foreach (var (known, right) in All) if (known == name) return right;
        return null;
    }

    /// <summary>reader, writer, …: one for each right, in this order.</summary>
    public static IEnumerable<string> NamesOf(Rights rights) => All.Take(4).Where(r => (rights & r.Right) != 0).Select(r => r.Name);

    /// <summary>Names that no role of a user's can have.</summary>
    public static bool IsReserved(string name) => Find(name) is not null || name is "public" or "none" or "current_user" or "session_user" or "current_role" || name.StartsWith("pg_", StringComparison.Ordinal);
}
