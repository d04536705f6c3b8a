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
