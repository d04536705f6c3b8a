using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Interop;

namespace ActorReplication.Storage.Capture;

/// <summary>Captures rows as <see cref="RowCapture"/> does, and takes number and checksum of them. Past a limit it lets the rows go and only goes on measuring, so
/// that a statement that changes a million rows needs no memory for them.</summary>
internal sealed unsafe class MeasuringCapture(RowCapture rows) : IRowObserver
{
    /// <summary>Every row is kept.</summary>
    internal const long KeepAll = long.MaxValue;

    private long limit = KeepAll;
    private int start;
    private RowDigest digest;

    internal RowDigest Digest => digest;

    /// <summary>The rows since <see cref="Begin"/> were more than the limit and are not there any more.</summary>
    internal bool Dropped { get; private set; }

    /// <param name="mostBytes">Bytes of captured rows to keep; 0 = none.</param>
    internal void Begin(long mostBytes)
    {
        limit = mostBytes;
        start = rows.Mark;
        digest = default;
        Dropped = false;
    }

    /// <summary>From now on every row is kept, and nothing is measured that counts.</summary>
    internal void End() => Begin(KeepAll);

    public void RowChanging(int operation, byte* table, long oldRowid, long newRowid)
    {
        if (rows.Open(table) is not { } shape)
            return;
        var mark = rows.Mark;
        rows.RowChanging(operation, table, oldRowid, newRowid);
        if (rows.Mark == mark)
            return;
        var change = rows.Written[mark..];
        digest.Add(change[0], shape.NameHash, change[(1 + VarintLength(change[1..]))..]);
        if (rows.Mark - start <= limit)
            return;
        Dropped = true;
        // The tables' names stay: they would only be written again for the next row.
        rows.Truncate(mark);
    }

    /// <summary>An AUTOINCREMENT counter has changed.</summary>
    internal void Sequence(TableShape shape, long? after)
    {
        Span<byte> value = stackalloc byte[8];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(value, after ?? long.MinValue);
        digest.AddToSum(RowDigest.Hash(value, shape.NameHash + PayloadFormat.Sequence));
    }

    private static int VarintLength(ReadOnlySpan<byte> bytes)
    {
        var length = 1;
        while (bytes[length - 1] >= 0x80)
            length++;
        return length;
    }
}
