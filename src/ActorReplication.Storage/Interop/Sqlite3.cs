using System.Runtime.InteropServices;

namespace ActorReplication.Storage.Interop;

/// <summary>SQLite's C functions, called directly: the hot path counts nanoseconds, and the package's wrapper lacks some of them.
/// <c>SuppressGCTransition</c> only on calls that read or set a field: they never block, call back or do I/O.</summary>
internal static unsafe partial class Sqlite3
{
    private const string Library = "e_sqlite3";

    [LibraryImport(Library)] internal static partial int sqlite3_config(int op, int value);
    [LibraryImport(Library)] internal static partial int sqlite3_initialize();
    [LibraryImport(Library)] internal static partial int sqlite3_open_v2(byte* path, nint* db, int flags, byte* vfs);
    [LibraryImport(Library)] internal static partial int sqlite3_close_v2(nint db);
    [LibraryImport(Library)] internal static partial nint sqlite3_vfs_find(byte* name);
    [LibraryImport(Library)] internal static partial int sqlite3_vfs_register(nint vfs, int makeDefault);
    [LibraryImport(Library)] internal static partial int sqlite3_extended_result_codes(nint db, int on);
    [LibraryImport(Library)] internal static partial int sqlite3_extended_errcode(nint db);
    [LibraryImport(Library)] internal static partial byte* sqlite3_errmsg(nint db);
    [LibraryImport(Library)] internal static partial byte* sqlite3_errstr(int code);
    [LibraryImport(Library)] internal static partial int sqlite3_error_offset(nint db);
    [LibraryImport(Library)] internal static partial int sqlite3_system_errno(nint db);
    [LibraryImport(Library)] internal static partial int sqlite3_busy_timeout(nint db, int milliseconds);
    [LibraryImport(Library)] internal static partial int sqlite3_limit(nint db, int id, int value);
    [LibraryImport(Library, EntryPoint = "sqlite3_db_config")] internal static partial int sqlite3_db_config_int(nint db, int op, int value, int* result);
    [LibraryImport(Library, EntryPoint = "sqlite3_db_config")] internal static partial int sqlite3_db_config_text(nint db, int op, byte* value);
    [LibraryImport(Library)] internal static partial int sqlite3_db_status(nint db, int op, int* current, int* highest, int reset);
    [LibraryImport(Library)] internal static partial int sqlite3_db_release_memory(nint db);
    [LibraryImport(Library)] internal static partial int sqlite3_db_cacheflush(nint db);
    [LibraryImport(Library)] internal static partial int sqlite3_file_control(nint db, byte* schema, int op, void* argument);
    [LibraryImport(Library)] internal static partial int sqlite3_wal_checkpoint_v2(nint db, byte* schema, int mode, int* logFrames, int* checkpointed);

    [LibraryImport(Library)] internal static partial int sqlite3_prepare_v3(nint db, byte* sql, int bytes, uint flags, nint* statement, byte** tail);
    [LibraryImport(Library)] internal static partial int sqlite3_step(nint statement);
    [LibraryImport(Library)] internal static partial int sqlite3_reset(nint statement);
    [LibraryImport(Library)] internal static partial int sqlite3_finalize(nint statement);
    [LibraryImport(Library)] internal static partial int sqlite3_clear_bindings(nint statement);
    [LibraryImport(Library)] internal static partial byte* sqlite3_column_name(nint statement, int column);
    [LibraryImport(Library)] internal static partial byte* sqlite3_column_decltype(nint statement, int column);
    [LibraryImport(Library)] internal static partial byte* sqlite3_column_table_name(nint statement, int column);
    [LibraryImport(Library)] internal static partial byte* sqlite3_column_origin_name(nint statement, int column);
    [LibraryImport(Library)] internal static partial byte* sqlite3_column_database_name(nint statement, int column);
    [LibraryImport(Library)] internal static partial byte* sqlite3_column_text(nint statement, int column);
    [LibraryImport(Library)] internal static partial byte* sqlite3_column_blob(nint statement, int column);
    [LibraryImport(Library)] internal static partial int sqlite3_bind_text64(nint statement, int number, byte* text, ulong bytes, nint destructor, byte encoding);
    [LibraryImport(Library)] internal static partial int sqlite3_bind_blob64(nint statement, int number, byte* blob, ulong bytes, nint destructor);
    [LibraryImport(Library)] internal static partial int sqlite3_bind_zeroblob(nint statement, int number, int bytes);
    [LibraryImport(Library)] internal static partial int sqlite3_table_column_metadata(
        nint db, byte* schema, byte* table, byte* column, byte** type, byte** collation, int* notNull, int* primaryKey, int* autoincrement);

    [SuppressGCTransition, LibraryImport(Library)] internal static partial int sqlite3_column_count(nint statement);
    [SuppressGCTransition, LibraryImport(Library)] internal static partial int sqlite3_stmt_readonly(nint statement);
    [SuppressGCTransition, LibraryImport(Library)] internal static partial int sqlite3_stmt_isexplain(nint statement);
    [SuppressGCTransition, LibraryImport(Library)] internal static partial int sqlite3_stmt_status(nint statement, int op, int reset);
    [SuppressGCTransition, LibraryImport(Library)] internal static partial int sqlite3_bind_parameter_count(nint statement);
    [SuppressGCTransition, LibraryImport(Library)] internal static partial int sqlite3_column_type(nint statement, int column);
    [SuppressGCTransition, LibraryImport(Library)] internal static partial long sqlite3_column_int64(nint statement, int column);
    [SuppressGCTransition, LibraryImport(Library)] internal static partial double sqlite3_column_double(nint statement, int column);
    [SuppressGCTransition, LibraryImport(Library)] internal static partial int sqlite3_column_bytes(nint statement, int column);
    [SuppressGCTransition, LibraryImport(Library)] internal static partial int sqlite3_bind_null(nint statement, int number);
    [SuppressGCTransition, LibraryImport(Library)] internal static partial int sqlite3_bind_int64(nint statement, int number, long value);
    [SuppressGCTransition, LibraryImport(Library)] internal static partial int sqlite3_bind_double(nint statement, int number, double value);
    [SuppressGCTransition, LibraryImport(Library)] internal static partial int sqlite3_get_autocommit(nint db);
    [SuppressGCTransition, LibraryImport(Library)] internal static partial long sqlite3_changes64(nint db);
    [SuppressGCTransition, LibraryImport(Library)] internal static partial long sqlite3_total_changes64(nint db);
    [SuppressGCTransition, LibraryImport(Library)] internal static partial long sqlite3_last_insert_rowid(nint db);
    [SuppressGCTransition, LibraryImport(Library)] internal static partial void sqlite3_set_last_insert_rowid(nint db, long rowid);

    [LibraryImport(Library)] internal static partial nint sqlite3_preupdate_hook(
        nint db, delegate* unmanaged[Cdecl]<nint, nint, int, byte*, byte*, long, long, void> hook, nint context);
    [LibraryImport(Library)] internal static partial int sqlite3_preupdate_old(nint db, int column, nint* value);
    [LibraryImport(Library)] internal static partial int sqlite3_preupdate_new(nint db, int column, nint* value);
    [SuppressGCTransition, LibraryImport(Library)] internal static partial int sqlite3_preupdate_count(nint db);
    [LibraryImport(Library)] internal static partial int sqlite3_set_authorizer(
        nint db, delegate* unmanaged[Cdecl]<nint, int, byte*, byte*, byte*, byte*, int> callback, nint context);
    [LibraryImport(Library)] internal static partial void sqlite3_progress_handler(
        nint db, int steps, delegate* unmanaged[Cdecl]<nint, int> callback, nint context);

    [SuppressGCTransition, LibraryImport(Library)] internal static partial int sqlite3_value_type(nint value);
    [SuppressGCTransition, LibraryImport(Library)] internal static partial long sqlite3_value_int64(nint value);
    [SuppressGCTransition, LibraryImport(Library)] internal static partial double sqlite3_value_double(nint value);
    [SuppressGCTransition, LibraryImport(Library)] internal static partial int sqlite3_value_bytes(nint value);
    [LibraryImport(Library)] internal static partial byte* sqlite3_value_blob(nint value);
    [LibraryImport(Library)] internal static partial byte* sqlite3_value_text(nint value);

    [LibraryImport(Library)] internal static partial int sqlite3_create_function_v2(
        nint db, byte* name, int arguments, int flags, nint context,
        delegate* unmanaged[Cdecl]<nint, int, nint*, void> scalar,
        delegate* unmanaged[Cdecl]<nint, int, nint*, void> step,
        delegate* unmanaged[Cdecl]<nint, void> final,
        delegate* unmanaged[Cdecl]<nint, void> destroy);
    [SuppressGCTransition, LibraryImport(Library)] internal static partial nint sqlite3_user_data(nint call);
    [LibraryImport(Library)] internal static partial nint* sqlite3_aggregate_context(nint call, int bytes);
    [SuppressGCTransition, LibraryImport(Library)] internal static partial void sqlite3_result_null(nint call);
    [SuppressGCTransition, LibraryImport(Library)] internal static partial void sqlite3_result_int64(nint call, long value);
    [SuppressGCTransition, LibraryImport(Library)] internal static partial void sqlite3_result_double(nint call, double value);
    [LibraryImport(Library)] internal static partial void sqlite3_result_text64(nint call, byte* text, ulong bytes, nint destructor, byte encoding);
    [LibraryImport(Library)] internal static partial void sqlite3_result_blob64(nint call, byte* blob, ulong bytes, nint destructor);
    [LibraryImport(Library)] internal static partial void sqlite3_result_error(nint call, byte* message, int bytes);

}
