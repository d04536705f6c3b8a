namespace ActorReplication.Postgres.Catalog;

/// <summary>Tables that clients join and that have no rows here. pgbench asks pg_inherits and pg_partitioned_table for partitions; it takes an error for "none" but an
/// answer without rows for a missing table. It gets its error: the query is LATERAL, which the dialect refuses.</summary>
internal static class EmptyCatalogs
{
    public static IEnumerable<CatalogShape> All()
    {
        yield return Shape("pg_description", "objoid oid, classoid oid, objsubid int4, description text");
        yield return Shape("pg_statio_all_tables", "relid oid, schemaname name, relname name");
        yield return Shape("pg_shdescription", "objoid oid, classoid oid, description text");
        yield return Shape("pg_conversion", "oid oid, conname name, connamespace oid, conowner oid, conforencoding int4, contoencoding int4, conproc regproc, condefault bool");
        yield return Shape("pg_event_trigger", "oid oid, evtname name, evtevent name, evtowner oid, evtfoid oid, evtenabled char, evttags text[]");
        yield return Shape("pg_subscription", "oid oid, subdbid oid, subname name, subowner oid, subenabled bool");
        yield return Shape("pg_default_acl", "oid oid, defaclrole oid, defaclnamespace oid, defaclobjtype char, defaclacl text[]");
        yield return Shape("pg_ts_config", "oid oid, cfgname name, cfgnamespace oid, cfgowner oid, cfgparser oid");
        yield return Shape("pg_foreign_server", "oid oid, srvname name, srvowner oid, srvfdw oid, srvtype text, srvversion text, srvacl text[], srvoptions text[]");
        yield return Shape("pg_foreign_data_wrapper", "oid oid, fdwname name, fdwowner oid, fdwhandler oid, fdwvalidator oid, fdwacl text[], fdwoptions text[]");
        yield return Shape("pg_aggregate", "aggfnoid regproc, aggkind char, aggnumdirectargs int2");
        yield return Shape("pg_operator", "oid oid, oprname name, oprnamespace oid, oprowner oid, oprkind char, oprleft oid, oprright oid, oprresult oid, oprcode regproc");
        yield return Shape("pg_cast", "oid oid, castsource oid, casttarget oid, castfunc oid, castcontext char, castmethod char");
        yield return Shape("pg_enum", "oid oid, enumtypid oid, enumsortorder float4, enumlabel name");
        yield return Shape("pg_range", "rngtypid oid, rngsubtype oid, rngmultitypid oid, rngcollation oid, rngsubopc oid");
        yield return Shape("pg_depend", "classid oid, objid oid, objsubid int4, refclassid oid, refobjid oid, refobjsubid int4, deptype char");
        yield return Shape("pg_sequence", "seqrelid oid, seqtypid oid, seqstart int8, seqincrement int8, seqmax int8, seqmin int8, seqcache int8, seqcycle bool");
        yield return Shape("pg_sequences", "schemaname name, sequencename name, data_type regtype, last_value int8");
        yield return Shape("pg_trigger", "oid oid, tgrelid oid, tgparentid oid, tgname name, tgfoid oid, tgtype int2, tgenabled char, tgisinternal bool, tgconstraint oid");
        yield return Shape("pg_policy", "oid oid, polname name, polrelid oid, polcmd char, polpermissive bool, polroles oid[], polqual text, polwithcheck text");
        yield return Shape("pg_rewrite", "oid oid, rulename name, ev_class oid, ev_type char, ev_enabled char, is_instead bool");
        yield return Shape("pg_statistic_ext", "oid oid, stxrelid oid, stxname name, stxnamespace oid, stxowner oid, stxstattarget int4, stxkeys int2vector, stxkind text[]");
        yield return Shape("pg_publication", "oid oid, pubname name, pubowner oid, puballtables bool, pubinsert bool, pubupdate bool, pubdelete bool, pubtruncate bool, pubviaroot bool");
        yield return Shape("pg_publication_rel", "oid oid, prpubid oid, prrelid oid, prqual text, prattrs int2vector");
        yield return Shape("pg_publication_namespace", "oid oid, pnpubid oid, pnnspid oid");
        yield return Shape("pg_foreign_table", "ftrelid oid, ftserver oid, ftoptions text[]");
        yield return Shape("pg_db_role_setting", "setdatabase oid, setrole oid, setconfig text[]");
        yield return Shape("pg_matviews", "schemaname name, matviewname name, matviewowner name, definition text");
        yield return Shape("pg_opclass", "oid oid, opcname name, opcmethod oid, opcintype oid, opcdefault bool");
        yield return Shape("pg_inherits", "inhrelid oid, inhparent oid, inhseqno int4, inhdetachpending bool");
        yield return Shape("pg_partitioned_table", "partrelid oid, partstrat char, partnatts int2, partdefid oid");
    }

    private static CatalogShape Shape(string name, string columns) =>
        new(PgCatalog.CatalogSchema, name, PgCatalog.CatalogOid(name), CatalogShape.Parse(columns), _ => []);
}
