using System.Buffers.Binary;
using ActorReplication.Storage.Apply;
using ActorReplication.Storage.Capture;

namespace ActorReplication.Storage.Engine;

/// <summary>What is kept of a transaction beside its changes: of one that came with a commit token, so that whoever brings the token again gets the first answer and no second
/// effect; and its notifications.</summary>
/// <param name="Token">Empty: there is none, only <see cref="Notices"/>.</param>
/// <param name="Statements">Its writing statements in order, those that failed and were rolled back to a savepoint included.</param>
public sealed record CommitRecord(string Token, IReadOnlyList<StatementSummary> Statements)
{
    /// <summary>Longest token, in characters.</summary>
    public const int MostTokenLength = 200;

    /// <summary>A transaction under a token has no more writing statements than this.</summary>
    public const int MostStatements = 10_000;

    private const byte Version1 = 1;

    /// <summary>For the sessions of all nodes, in order.</summary>
    public IReadOnlyList<Notice> Notices { get; init; } = [];

    /// <summary>Why what was kept cannot be read; null: it can. The token counts as known all the same: what it stands for was committed.</summary>
    public string? Unreadable { get; init; }

    /// <exception cref="InvalidOperationException">More than <see cref="MostStatements"/>: nobody could read them again.</exception>
    internal byte[] EncodeStatements()
    {
        if (Statements.Count > MostStatements)
            throw new InvalidOperationException($"commit token '{Token}': {Statements.Count} statements; at most {MostStatements} can be kept");
        var buffer = new PayloadBuffer();
        buffer.Byte(Version1);
        buffer.Varint((ulong)Statements.Count);
        foreach (var statement in Statements)
        {
            buffer.UInt64((ulong)statement.Work);
            buffer.UInt64((ulong)(statement.Work >> 64));
            buffer.ZigZag(statement.Affected);
            buffer.ZigZag(statement.Rows);
        }
        return buffer.Written.ToArray();
    }

    /// <exception cref="InvalidDataException">The bytes are no such list.</exception>
    internal static IReadOnlyList<StatementSummary> DecodeStatements(ReadOnlySpan<byte> bytes)
    {
        var reader = new PayloadReader(bytes);
        if (reader.Byte() != Version1)
            throw new InvalidDataException($"bad commit record: format {bytes[0]} is unknown, this program knows {Version1}");
        var count = reader.Int32();
        if (count > MostStatements)
            throw reader.Bad($"at most {MostStatements} statements");
        var statements = new StatementSummary[count];
        for (var i = 0; i < count; i++)
        {
            var low = reader.UInt64();
            statements[i] = new StatementSummary(new UInt128(reader.UInt64(), low), reader.ZigZag(), reader.ZigZag());
        }
        return reader.AtEnd ? statements : throw reader.Bad("the end");
    }
}

/// <summary>One writing statement under a commit token.</summary>
/// <param name="Work">Digest of what was asked for; see <see cref="DigestOf"/>.</param>
/// <param name="Affected">Rows it affected; of one that failed, its SQLite code, negated.</param>
/// <param name="Rows">Rows it returned.</param>
public readonly record struct StatementSummary(UInt128 Work, long Affected, long Rows)
{
    public bool Failed => Affected < 0;

    /// <param name="sha256">Of everything that makes the statement what it is; the first sixteen bytes are kept.</param>
    public static UInt128 DigestOf(ReadOnlySpan<byte> sha256) => BinaryPrimitives.ReadUInt128LittleEndian(sha256);
}

/// <summary>How long commit tokens are kept. The oldest go first, a few with each new one.</summary>
/// <param name="AgeMicros">By the leaders' clocks, as recorded with each token.</param>
/// <param name="Count">Above it the oldest go, if they are old enough.</param>
/// <param name="YoungMicros">The count takes none that is younger: its client may still be asking again.</param>
public readonly record struct TokenRules(long AgeMicros, long Count, long YoungMicros = TokenRules.TenMinutes)
{
    private const long TenMinutes = 600L * 1_000_000;

    public static readonly TokenRules Default = new(24L * 3600 * 1_000_000, 100_000);
}
