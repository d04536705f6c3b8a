using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using ActorReplication.Postgres.Dialect;

namespace ActorReplication.Postgres.Session;

/// <summary>Parsed statements by their text and declared parameter types, shared by all sessions. Two generations: when the young one is full it becomes the old one, and what
/// the old one held and nobody asked for again is gone. So it is bounded, and needs no bookkeeping on a hit.</summary>
internal sealed class StatementCache(ITranslator translator, int capacity = 2048)
{
    /// <summary>Longer texts are not kept.</summary>
    private const int MaxKeyBytes = 16 * 1024;

    private const int SeenPlaces = 4096;

    private readonly int[] _seen = new int[SeenPlaces];
    private Generation _young = new();
    private Generation _old = new();

    /// <param name="key">The query text in UTF-8, a zero byte, the declared types: as a Parse message has them after its name.</param>
    public IReadOnlyList<SharedStatement> Get(ReadOnlySpan<byte> key, int textBytes)
    {
        if (key.Length > MaxKeyBytes) return Parse(key[..textBytes]);
        var young = _young;
        if (young.Find(key, out var statements)) return statements;
        if (!_old.Find(key, out statements))
        {
            statements = Parse(key[..textBytes]);
            if (!SeenBefore(key)) return statements;
        }
        young.Add(key, statements);
        if (young.Count < capacity) return statements;
        _old = young;
        Interlocked.CompareExchange(ref _young, new Generation(), young);
        return statements;
    }

    /// <summary>A text is kept when it comes a second time: those with values written into them, which never come again, leave no trace but a hash.</summary>
    private bool SeenBefore(ReadOnlySpan<byte> key)
    {
        var hash = KeyComparer.Instance.GetHashCode(key);
        ref var place = ref _seen[hash & (SeenPlaces - 1)];
        if (place == hash) return true;
        place = hash;
        return false;
    }

    /// <summary>Not kept: for statements that come from inside another.</summary>
    public static SharedStatement Wrap(ParsedStatement statement) => new(statement);

    private SharedStatement[] Parse(ReadOnlySpan<byte> utf8)
    {
        Frontend.MessageReader.RequireUtf8(utf8);
        var parsed = translator.Parse(System.Text.Encoding.UTF8.GetString(utf8));
        var statements = new SharedStatement[parsed.Count];
        for (var i = 0; i < statements.Length; i++) statements[i] = new SharedStatement(parsed[i]);
        return statements;
    }

    private sealed class Generation
    {
        private readonly ConcurrentDictionary<byte[], IReadOnlyList<SharedStatement>> _byKey;
        private readonly ConcurrentDictionary<byte[], IReadOnlyList<SharedStatement>>.AlternateLookup<ReadOnlySpan<byte>> _lookup;
        private int _count;

        public Generation()
        {
            _byKey = new(KeyComparer.Instance);
            _lookup = _byKey.GetAlternateLookup<ReadOnlySpan<byte>>();
        }

        public int Count => Volatile.Read(ref _count);

        public bool Find(ReadOnlySpan<byte> key, [MaybeNullWhen(false)] out IReadOnlyList<SharedStatement> statements) => _lookup.TryGetValue(key, out statements);

        public void Add(ReadOnlySpan<byte> key, IReadOnlyList<SharedStatement> statements)
        {
            if (_byKey.TryAdd(key.ToArray(), statements)) Interlocked.Increment(ref _count);
        }
    }

    private sealed class KeyComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly KeyComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);
        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);
        public int GetHashCode(byte[] key) => GetHashCode(key.AsSpan());
        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }
        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}

/// <summary>One parsed statement, with its newest translation.</summary>
internal sealed class SharedStatement(ParsedStatement parsed)
{
    private Plan? _plan;

    public ParsedStatement Parsed { get; } = parsed;

    /// <summary>Translated against a schema; kept for the next one to ask with the same version.</summary>
    public Plan Translate(ITranslator translator, ReadOnlySpan<uint> declaredTypes, ISchemaView schema)
    {
        var plan = Volatile.Read(ref _plan);
        if (plan is not null && plan.SchemaVersion == schema.Version && plan.IsFor(declaredTypes)) return plan;
        plan = new Plan(translator.Translate(Parsed, declaredTypes, schema), schema.Version, declaredTypes.ToArray());
        if (schema.Version != Plan.Uncommitted) Volatile.Write(ref _plan, plan);
        return plan;
    }

    public Plan? Current(ReadOnlySpan<uint> declaredTypes, long version)
    {
        var plan = Volatile.Read(ref _plan);
        return plan is not null && plan.SchemaVersion == version && plan.IsFor(declaredTypes) ? plan : null;
    }
}

/// <summary>A translation, and what sessions derive from it. Immutable.</summary>
internal sealed class Plan(Translation translation, long schemaVersion, uint[] declaredTypes)
{
    /// <summary>The version of a schema that only one open transaction sees.</summary>
    public const long Uncommitted = -1;

    public Translation Translation { get; } = translation;
    public long SchemaVersion { get; } = schemaVersion;

    /// <summary>Null: returns no rows.</summary>
    public ResultShape? Shape { get; } = (translation.Canned?.Columns ?? translation.Columns) is { } columns ? new ResultShape(columns, translation.FirstColumn) : null;

    /// <summary>Types of $1, $2, … as the client is told.</summary>
    public uint[] ParameterTypes { get; } = [.. translation.ParameterTypes];

    /// <summary>The engine's parameters are exactly the client's.</summary>
    public bool BindsParametersInOrder { get; } = InOrder(translation);

    public bool IsFor(ReadOnlySpan<uint> types) => types.SequenceEqual(declaredTypes);

    private static bool InOrder(Translation translation)
    {
        for (var i = 0; i < translation.Slots.Count; i++)
            if (translation.Slots[i] is not ParameterSlot.Client client || client.Index != i) return false;
        return translation.Slots.Count == translation.ParameterTypes.Count;
    }
}
