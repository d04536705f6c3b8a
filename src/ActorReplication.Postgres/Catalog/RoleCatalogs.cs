using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Security;

namespace ActorReplication.Postgres.Catalog;

/// <summary>Roles, and what is granted to them: the built-in roles stand beside the users' own.</summary>
internal static class RoleCatalogs
{
    private const uint FirstRoleOid = 16384;

    public static IEnumerable<CatalogShape> All(ICatalogSource source)
    {
        yield return Live("pg_roles", """
            rolname name, rolsuper bool, rolinherit bool, rolcreaterole bool, rolcreatedb bool, rolcanlogin bool, rolreplication bool, rolconnlimit int4, rolpassword text,
            rolvaliduntil timestamptz, rolbypassrls bool, rolconfig text[], oid oid
            """, () => Roles(source).Select(r => new object?[] { r.Name, Bit(r.IsAdmin), 1L, Bit(r.IsAdmin), Bit(r.IsAdmin), Bit(r.CanLogin), Bit(r.CanReplicate), -1L, "********", null, Bit(r.IsAdmin), null, (long)OidOf(r.Name) }));
        yield return Live("pg_user", "usename name, usesysid oid, usecreatedb bool, usesuper bool, userepl bool, usebypassrls bool, passwd text, valuntil timestamptz, useconfig text[]",
            () => Roles(source).Where(r => r.CanLogin).Select(r => new object?[] { r.Name, (long)OidOf(r.Name), Bit(r.IsAdmin), Bit(r.IsAdmin), Bit(r.CanReplicate), Bit(r.IsAdmin), "********", null, null }));
        yield return Live("pg_auth_members", "roleid oid, member oid, grantor oid, admin_option bool",
            () => from role in source.Roles.All
                  from granted in BuiltInRoles.NamesOf(role.Granted)
                  select new object?[] { (long)OidOf(granted), (long)OidOf(role.Name), (long)PgCatalog.OwnerRole, 0L });
    }

    private static IEnumerable<Role> Roles(ICatalogSource source) => source.Roles.All.Concat(BuiltInRoles.All.Select(b => new Role(b.Name, false, b.Right)));

    /// <summary>A hash of the name (FNV-1a): the same on every node without being stored.</summary>
    private static uint OidOf(string name)
    {
        if (name == RoleSet.Owner) return PgCatalog.OwnerRole;
        var hash = 2166136261u;
        foreach (var c in name) hash = unchecked((hash ^ c) * 16777619u);
        return FirstRoleOid + (hash % (int.MaxValue - FirstRoleOid));
    }

    private static long Bit(bool value) => value ? 1 : 0;

    private static CatalogShape Live(string name, string columns, Func<IEnumerable<object?[]>> rows) =>
        new(PgCatalog.CatalogSchema, name, PgCatalog.CatalogOid(name), CatalogShape.Parse(columns), _ => rows(), IsLive: true);
}
