using System.Text;
using ActorReplication.Storage.Capture;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Storage.Apply;

/// <summary>A statement as a payload holds it. Parameters are read from the payload when they are bound.</summary>
internal sealed class StatementBlock : IParameterSource
{
    private ReadOnlyMemory<byte> payload;
    private int parametersAt;

    internal byte Flags { get; private set; }

    /// <summary>When it ran: see <see cref="Draws.Now"/>.</summary>
    internal long Time { get; private set; }
    internal ulong Seed { get; private set; }
    internal long LastRowid { get; private set; }
    internal long ChangesBefore { get; private set; }

    /// <summary>Its text, in the payload.</summary>
    internal ReadOnlyMemory<byte> Text { get; private set; }
    internal int Parameters { get; private set; }
    internal long Affected { get; private set; }
    internal long Rows { get; private set; }
    internal ulong Sum { get; private set; }

    internal bool Has(byte flag) => (Flags & flag) != 0;

    internal void Read(ref PayloadReader reader, ReadOnlyMemory<byte> whole, long transactionTime)
    {
        payload = whole;
        Flags = reader.Byte();
        if (Flags > (PayloadFormat.Clock | PayloadFormat.Seed | PayloadFormat.LastRowid | PayloadFormat.Changes | PayloadFormat.Unsafe))
        {
            reader.Offset--;
            throw reader.Bad("a statement's flags");
        }
        Time = transactionTime + (Has(PayloadFormat.Clock) ? reader.ZigZag() : 0);
        Seed = Has(PayloadFormat.Seed) ? reader.UInt64() : 0;
        LastRowid = Has(PayloadFormat.LastRowid) ? reader.ZigZag() : 0;
        ChangesBefore = Has(PayloadFormat.Changes) ? reader.Count() : 0;
        var text = reader.Bytes();
        Text = whole.Slice(reader.Offset - text.Length, text.Length);
        Parameters = reader.Int32();
        parametersAt = reader.Offset;
        for (var i = 0; i < Parameters; i++)
            reader.Value();
        Affected = reader.Count();
        Rows = reader.Count();
        Sum = reader.UInt64();
    }

    public void Bind(IParameterBinder binder)
    {
        var bytes = payload.Span;
        var reader = new PayloadReader(bytes) { Offset = parametersAt };
        for (var number = 1; number <= Parameters; number++)
        {
            var value = reader.Value();
            switch (value.Kind)
            {
                case ValueKind.Int64:
                    binder.Int64(number, value.Bits);
                    break;
                case ValueKind.Double:
                    binder.Double(number, value.Real);
                    break;
                case ValueKind.Text:
                    binder.Text(number, bytes.Slice(value.Offset, value.Length));
                    break;
                case ValueKind.Blob:
                    binder.Blob(number, bytes.Slice(value.Offset, value.Length));
                    break;
                default:
                    binder.Null(number);
                    break;
            }
        }
    }

    /// <summary>Its parameters, as <see cref="EntryDescription"/> shows values.</summary>
    internal List<object?> Values()
    {
        var bytes = payload.Span;
        var values = new List<object?>();
        var reader = new PayloadReader(bytes) { Offset = parametersAt };
        for (var i = 0; i < Parameters; i++)
            values.Add(EntryDescription.Value(reader.Value(), bytes));
        return values;
    }
}

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

/// <summary>The same few statement texts again and again: one string for each.</summary>
internal sealed class StatementTexts
{
    private const int Most = 512;
    private readonly Dictionary<ulong, (byte[] Utf8, string Text)> known = [];

    internal string Of(ReadOnlySpan<byte> utf8)
    {
        var hash = RowDigest.Hash(utf8, 1);
        if (known.TryGetValue(hash, out var found) && utf8.SequenceEqual(found.Utf8))
            return found.Text;
        var text = Encoding.UTF8.GetString(utf8);
        if (known.Count >= Most)
            known.Clear();
        known[hash] = (utf8.ToArray(), text);
        return text;
    }
}
