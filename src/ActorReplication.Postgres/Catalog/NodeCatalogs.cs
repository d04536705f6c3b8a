using ActorReplication.Postgres.Dialect;

namespace ActorReplication.Postgres.Catalog;

/// <summary>Tables about the node and the server: they change without the schema.</summary>
internal static class NodeCatalogs
{
    public static CatalogShape State(ICatalogSource source) => Live("pg_node_state", "in_recovery bool, current_lsn pg_lsn, receive_lsn pg_lsn, replay_lsn pg_lsn", _ =>
    {
        var progress = source.Progress;
        return [[source.IsFollower ? 1L : 0L, LsnText.Of(progress.LastIndex), LsnText.Of(progress.LastIndex), LsnText.Of(progress.AppliedIndex)]];
    });

    public static IEnumerable<CatalogShape> All(ICatalogSource source)
    {
        yield return Live("pg_stat_replication", """
            pid int4, usesysid oid, usename name, application_name text, client_addr text, client_hostname text, client_port int4, backend_start timestamptz, backend_xmin xid,
            state text, sent_lsn pg_lsn, write_lsn pg_lsn, flush_lsn pg_lsn, replay_lsn pg_lsn, write_lag interval, flush_lag interval, replay_lag interval,
            sync_priority int4, sync_state text, reply_time timestamptz, lag_bytes int8
            """, _ => source.Replication().Select((r, i) => new object?[]
        {
            (long)i + 1, (long)PgCatalog.OwnerRole, "postgres", r.Name, r.Address, null, -1L, null, null,
            r.State, LsnText.Of(r.SentIndex), LsnText.Of(r.WriteIndex), LsnText.Of(r.FlushIndex), LsnText.Of(r.ReplayIndex), null, null, null,
            (long)r.SyncPriority, r.SyncState, null, r.LagBytes,
        }));
        // Advisory locks only: of rows, the gate knows hashes.
        yield return Live("pg_locks", """
            locktype text, database oid, relation oid, page int4, tuple int2, virtualxid text, transactionid xid, classid oid, objid oid, objsubid int2, virtualtransaction text,
            pid int4, mode text, granted bool, fastpath bool, waitstart timestamptz
            """, _ => source.AdvisoryLocks().Select(l => new object?[]
        {
            "advisory", (long)PgCatalog.DatabaseOid, null, null, null, null, null, l.Key >> 32 & 0xffff_ffff, l.Key & 0xffff_ffff, l.IsPair ? 2L : 1L, null,
            (long)l.ProcessId, l.IsShared ? "ShareLock" : "ExclusiveLock", l.IsGranted ? 1L : 0L, 0L, null,
        }));
        yield return Fixed("pg_database", """
            oid oid, datname name, datdba oid, encoding int4, datlocprovider char, datistemplate bool, datallowconn bool, datconnlimit int4, datfrozenxid xid, datminmxid xid,
            dattablespace oid, datcollate text, datctype text, daticulocale text, datcollversion text, datacl text[]
            """, [[(long)PgCatalog.DatabaseOid, source.Database, (long)PgCatalog.OwnerRole, 6L, "c", 0L, 1L, -1L, 0L, 0L, 1663L, "C", "C", null, null, null]]);
        foreach (var shape in RoleCatalogs.All(source)) yield return shape;
        yield return Fixed("pg_settings", """
            name text, setting text, unit text, category text, short_desc text, extra_desc text, context text, vartype text, source text, min_val text, max_val text,
            enumvals text[], boot_val text, reset_val text, sourcefile text, sourceline int4, pending_restart bool
            """, FixedSettings.All.Select(p => new object?[] { p.Key, p.Value, null, "Preset Options", "", null, "internal", "string", "default", null, null, null, p.Value, p.Value, null, null, 0L }).ToList());
        yield return Fixed("pg_tablespace", "oid oid, spcname name, spcowner oid, spcacl text[], spcoptions text[]", [[1663L, "pg_default", (long)PgCatalog.OwnerRole, null, null]]);
    }

    private static CatalogShape Live(string name, string columns, Func<ISchemaView, IEnumerable<object?[]>> rows) =>
        new(PgCatalog.CatalogSchema, name, PgCatalog.CatalogOid(name), CatalogShape.Parse(columns), rows, IsLive: true);

    private static CatalogShape Fixed(string name, string columns, IReadOnlyList<object?[]> rows) =>
        new(PgCatalog.CatalogSchema, name, PgCatalog.CatalogOid(name), CatalogShape.Parse(columns), _ => rows);
}
