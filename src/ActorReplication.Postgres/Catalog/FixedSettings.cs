using System.Collections.Frozen;

namespace ActorReplication.Postgres.Catalog;

/// <summary>Settings whose value never changes here: current_setting() of them is a constant, also inside larger queries.</summary>
internal static class FixedSettings
{
    public const string Version = "15.0", VersionNumber = "150000";

    private static readonly FrozenDictionary<string, string> Values = new Dictionary<string, string>
    {
        ["server_version"] = Version,
        ["server_version_num"] = VersionNumber,
        ["server_encoding"] = "UTF8",
        ["client_encoding"] = "UTF8",
        ["integer_datetimes"] = "on",
        ["standard_conforming_strings"] = "on",
        ["max_index_keys"] = "32",
        ["max_identifier_length"] = "63",
        ["block_size"] = "4096",
        ["wal_level"] = "logical",
        ["lc_collate"] = "C",
        ["lc_ctype"] = "C",
    }.ToFrozenDictionary();

    public static string? Find(string name) => Values.GetValueOrDefault(name.ToLowerInvariant());
    public static IEnumerable<KeyValuePair<string, string>> All => Values.OrderBy(p => p.Key, StringComparer.Ordinal);
}
