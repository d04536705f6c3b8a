using System.Collections.Frozen;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Session.Settings;

/// <summary>The parameters that clients send and ask for. Those that depend on the session, the transaction or the node are computed by
/// <see cref="SessionSettings"/>; here is what they take.</summary>
internal static class KnownSettings
{
    public const string CommitTokenName = "replication.commit_token";

    public static readonly FrozenDictionary<string, Setting> All = Build().ToFrozenDictionary(setting => setting.Name, StringComparer.OrdinalIgnoreCase);

    private static IEnumerable<Setting> Build() =>
    [
        // Reported to the client at startup and on change.
        Setting.Of("application_name", "") with { Reported = true, Canonical = PrintableAscii },
        new("client_encoding", "UTF8", ClientEncoding, "Only UTF8 is supported.") { Reported = true },
        new("DateStyle", "ISO, MDY", DateStyle, "Only the ISO output style is supported.") { Reported = true },
        Setting.Bool("default_transaction_read_only", false) with { Reported = true },
        Setting.Constant("in_hot_standby", "off") with { Reported = true },
        Setting.Constant("integer_datetimes", "on") with { Reported = true },
        Setting.Choice("IntervalStyle", "postgres", "postgres", "postgres_verbose", "sql_standard", "iso_8601") with { Reported = true },
        Setting.Constant("is_superuser", "on") with { Reported = true },
        Setting.Constant("server_encoding", "UTF8") with { Reported = true },
        Setting.Constant("server_version", "15") with { Reported = true },
        Setting.Constant("session_authorization", "") with { Reported = true },
        new("standard_conforming_strings", "on", text => Setting.CanonicalBool(text) == "on" ? "on" : null, "Only \"on\" is supported.") { Reported = true },
        new("TimeZone", "UTC", text => TimeZones.Find(text) is null ? null : text) { Reported = true },

        Setting.Choice("default_transaction_isolation", "read committed", "read committed", "read uncommitted", "repeatable read", "serializable"),
        Setting.Choice("transaction_isolation", "read committed", "read committed", "read uncommitted", "repeatable read", "serializable"),
        Setting.Bool("transaction_read_only", false),
        Setting.Bool("transaction_deferrable", false),
        Setting.Bool("default_transaction_deferrable", false),
        Setting.Duration("statement_timeout"),
        Setting.Duration("lock_timeout"),
        Setting.Duration("idle_in_transaction_session_timeout"),
        Setting.Duration("idle_session_timeout"),
        Setting.Duration("deadlock_timeout", "1s"),
        new("synchronous_commit", "on", SynchronousCommit, "Available values: local, remote_write, remote_apply, on, off."),
        Setting.Choice("replication.read_consistency", "default", "default", "local", "session", "linearizable"),
        Setting.Bool("replication.write_forwarding", false),
        new(CommitTokenName, "", CommitToken, "A token has at most 200 printable characters; the empty one is none."),
        Setting.Choice("client_min_messages", "notice", "debug5", "debug4", "debug3", "debug2", "debug1", "log", "notice", "warning", "error"),
        Setting.Choice("bytea_output", "hex", "hex", "escape"),
        Setting.Integer("extra_float_digits", 1, -15, 3),
        Setting.Of("search_path", "\"$user\", public"),

        // Accepted for clients that send them; without effect here.
        Setting.Bool("row_security", true), Setting.Bool("check_function_bodies", true), Setting.Bool("jit", false), Setting.Bool("array_nulls", true),
        Setting.Bool("escape_string_warning", true), Setting.Bool("quote_all_identifiers", false), Setting.Bool("synchronize_seqscans", true), Setting.Bool("transform_null_equals", false),
        Setting.Bool("enable_seqscan", true), Setting.Bool("enable_indexscan", true), Setting.Bool("enable_bitmapscan", true), Setting.Bool("enable_nestloop", true),
        Setting.Bool("enable_hashjoin", true), Setting.Bool("enable_mergejoin", true), Setting.Bool("enable_sort", true), Setting.Bool("enable_material", true),
        Setting.Bool("default_with_oids", false), Setting.Bool("geqo", true), Setting.Bool("zero_damaged_pages", false), Setting.Bool("track_activities", true),
        Setting.Choice("plan_cache_mode", "auto", "auto", "force_generic_plan", "force_custom_plan"),
        Setting.Choice("backslash_quote", "safe_encoding", "safe_encoding", "on", "off"),
        Setting.Choice("constraint_exclusion", "partition", "partition", "on", "off"),
        Setting.Choice("xmloption", "content", "content", "document"), Setting.Choice("password_encryption", "scram-sha-256", "scram-sha-256", "md5"),
        Setting.Choice("session_replication_role", "origin", "origin", "replica", "local"),
        Setting.Choice("log_statement", "none", "none", "ddl", "mod", "all"), Setting.Duration("log_min_duration_statement", "0"),
        Setting.Of("work_mem", "4MB"), Setting.Of("maintenance_work_mem", "64MB"), Setting.Of("temp_buffers", "8MB"), Setting.Of("effective_cache_size", "4GB"),
        Setting.Of("default_tablespace", ""), Setting.Of("temp_tablespaces", ""), Setting.Of("default_table_access_method", "heap"),
        Setting.Of("lc_monetary", "C"), Setting.Of("lc_numeric", "C"), Setting.Of("lc_time", "C"), Setting.Of("lc_messages", "C"),
        Setting.Of("default_text_search_config", "pg_catalog.simple"), Setting.Of("session_preload_libraries", ""), Setting.Of("role", "none"),
        Setting.Duration("tcp_keepalives_idle"), Setting.Duration("tcp_keepalives_interval"), Setting.Integer("tcp_keepalives_count", 0, 0, int.MaxValue),
        Setting.Integer("statement_mem", 0, 0, int.MaxValue), Setting.Integer("max_parallel_workers_per_gather", 0, 0, 1024), Setting.Of("random_page_cost", "4"),

        // Facts.
        Setting.Constant("server_version_num", "150000"), Setting.Constant("max_identifier_length", "63"), Setting.Constant("max_index_keys", "32"), Setting.Constant("block_size", "8192"),
        Setting.Constant("lc_collate", "C"), Setting.Constant("lc_ctype", "C.UTF-8"), Setting.Constant("max_connections", "100"), Setting.Constant("superuser_reserved_connections", "3"), Setting.Constant("segment_size", "1GB"),
        Setting.Constant("wal_level", "replica"), Setting.Constant("fsync", "on"), Setting.Constant("full_page_writes", "on"), Setting.Constant("ssl", "off"), Setting.Constant("port", "5432"),
        Setting.Constant("data_directory_mode", "0700"), Setting.Constant("wal_segment_size", "16MB"), Setting.Constant("hot_standby", "on"), Setting.Constant("data_checksums", "on"),
        // Replay waits for no query and cancels none: each reads its own state to its end.
        Setting.Constant("max_standby_streaming_delay", "-1"), Setting.Constant("max_standby_archive_delay", "-1"),
        Setting.Constant("debug_assertions", "off"), Setting.Constant("max_prepared_transactions", "0"), Setting.Constant("max_wal_senders", "0"), Setting.Constant("listen_addresses", "localhost"),
        Setting.Constant("shared_buffers", "64MB"), Setting.Constant("shared_preload_libraries", ""), Setting.Constant("autovacuum", "off"), Setting.Constant("config_file", ""),
        Setting.Constant("unix_socket_directories", ""), Setting.Constant("log_timezone", "UTC"), Setting.Constant("timezone_abbreviations", "Default"),
    ];

    private static string? PrintableAscii(string text) => string.Create(text.Length, text, static (span, source) =>
    {
        for (var i = 0; i < span.Length; i++) span[i] = source[i] is >= ' ' and <= '~' ? source[i] : '?';
    });

    /// <summary>asyncpg sends it with quotes, others write utf8, UTF-8, unicode.</summary>
    private static string? ClientEncoding(string text) =>
        text.Trim('\'', '"', ' ').Replace("-", "").Replace("_", "").ToUpperInvariant() is "UTF8" or "UNICODE" or "SQLASCII" ? "UTF8" : null;

    private static string? DateStyle(string text)
    {
        var order = "MDY";
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            switch (part.Trim('\'', '"').ToUpperInvariant())
            {
                case "ISO" or "DEFAULT": break;
                case "MDY" or "US" or "NONEURO" or "NONEUROPEAN": order = "MDY"; break;
                case "DMY" or "EURO" or "EUROPEAN": order = "DMY"; break;
                case "YMD": order = "YMD"; break;
                default: return null;
            }
        }
        return "ISO, " + order;
    }

    private static string? CommitToken(string text) => text.Length <= 200 && !text.Any(char.IsControl) && !text.Any(char.IsSurrogate) ? text : null;

    private static string? SynchronousCommit(string text) => text.ToLowerInvariant() switch
    {
        "local" => "local",
        "remote_write" => "remote_write",
        "remote_apply" => "remote_apply",
        _ => Setting.CanonicalBool(text),
    };
}
