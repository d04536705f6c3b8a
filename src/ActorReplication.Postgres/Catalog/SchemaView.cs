using System.Collections.Frozen;
using ActorReplication.Postgres.Dialect;

namespace ActorReplication.Postgres.Catalog;

internal sealed class SchemaView(long version, IReadOnlyList<TableInfo> tables, IReadOnlyList<IndexInfo> indexes) : ISchemaView
{
    public static readonly SchemaView Empty = new(0, [], []);

    private readonly FrozenDictionary<string, TableInfo> _byName = tables.ToFrozenDictionary(t => t.Name);

    public long Version { get; } = version;
    public IEnumerable<TableInfo> Tables => tables;
    public IEnumerable<IndexInfo> Indexes => indexes;

    public TableInfo? Find(string name) => _byName.GetValueOrDefault(name);
}

/// <summary>Object ids from names alone, so that every node gives the same: FNV-1a, from 16384; a taken id moves on by one.</summary>
internal sealed class ObjectIds
{
    private const uint First = 16384;
    private readonly HashSet<uint> _taken = [];

    public uint Of(string name)
    {
        var hash = 2166136261u;
        foreach (var b in System.Text.Encoding.UTF8.GetBytes(name)) hash = (hash ^ b) * 16777619u;
        var oid = First + hash % 1_000_000_000u;
        while (!_taken.Add(oid)) oid++;
        return oid;
    }
}
