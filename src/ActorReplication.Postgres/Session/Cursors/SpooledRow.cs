using System.Buffers.Binary;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Session.Cursors;

/// <summary>A row read back from a <see cref="RowSpool"/>. Valid until the next one is read.</summary>
internal sealed class SpooledRow : IResultRow
{
    private readonly List<(SqlKind Kind, int Start, int Length)> _columns = [];
    private ReadOnlyMemory<byte> _bytes;

    public int Count => _columns.Count;

    public void Set(ReadOnlyMemory<byte> bytes)
    {
        _bytes = bytes;
        _columns.Clear();
        var span = bytes.Span;
        for (var position = 0; position < span.Length;)
        {
            var kind = (SqlKind)span[position++];
            var length = 8;
            if (kind == SqlKind.Null) length = 0;
            if (kind is SqlKind.Text or SqlKind.Blob)
            {
                length = BinaryPrimitives.ReadInt32BigEndian(span[position..]);
                position += 4;
            }
            _columns.Add((kind, position, length));
            position += length;
        }
    }

    public string Name(int column) => "";
    public string? DeclaredType(int column) => null;
    public SqlKind Kind(int column) => _columns[column].Kind;
    public long Int64(int column) => BinaryPrimitives.ReadInt64BigEndian(Bytes(column));
    public double Double(int column) => BitConverter.Int64BitsToDouble(Int64(column));
    public ReadOnlySpan<byte> Text(int column) => Bytes(column);
    public ReadOnlySpan<byte> Blob(int column) => Bytes(column);

    private ReadOnlySpan<byte> Bytes(int column) => _bytes.Span.Slice(_columns[column].Start, _columns[column].Length);
}
