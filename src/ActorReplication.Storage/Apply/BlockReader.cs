using ActorReplication.Storage.Capture;

namespace ActorReplication.Storage.Apply;

/// <summary>Goes through a payload of blocks, format 2.</summary>
internal sealed class BlockReader
{
    private ReadOnlyMemory<byte> payload;
    private int offset;

    /// <summary>When the transaction began.</summary>
    internal long Time { get; private set; }
    internal ShipReason Reason { get; private set; }

    /// <summary>The statement read last, or null: then <see cref="Operations"/> are row changes.</summary>
    internal StatementBlock? Statement { get; private set; }

    internal ReadOnlyMemory<byte> Operations { get; private set; }

    private readonly StatementBlock statement = new();

    internal static bool IsBlocks(ReadOnlySpan<byte> payload) => !payload.IsEmpty && payload[0] == PayloadFormat.BlocksVersion1;

    /// <summary>It has to be carried out by running statements.</summary>
    internal static bool Executes(ReadOnlySpan<byte> payload) => IsBlocks(payload) && payload.Length > 1 && (payload[1] & PayloadFormat.HasStatements) != 0;

    internal void Open(ReadOnlyMemory<byte> blocks)
    {
        payload = blocks;
        var reader = new PayloadReader(payload.Span) { Offset = 1 };
        if (reader.Byte() > PayloadFormat.HasStatements)
        {
            reader.Offset--;
            throw reader.Bad("a payload's flags");
        }
        Time = reader.ZigZag();
        offset = reader.Offset;
    }

    /// <summary>False at the end.</summary>
    internal bool Next()
    {
        var reader = new PayloadReader(payload.Span) { Offset = offset };
        if (reader.AtEnd)
            return false;
        var kind = reader.Byte();
        Reason = (ShipReason)reader.Byte();
        switch (kind)
        {
            case PayloadFormat.StatementBlock when Executes(payload.Span):
                statement.Read(ref reader, payload, Time);
                Statement = statement;
                break;
            case PayloadFormat.RowsBlock:
                var operations = reader.Bytes();
                Operations = payload.Slice(reader.Offset - operations.Length, operations.Length);
                Statement = null;
                break;
            default:
                reader.Offset -= 2;
                throw reader.Bad("a block");
        }
        offset = reader.Offset;
        return true;
    }
}
