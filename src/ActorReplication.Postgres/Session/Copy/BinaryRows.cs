using System.Buffers.Binary;

namespace ActorReplication.Postgres.Session.Copy;

/// <summary>COPY's binary format: a header, a count and that many values with their lengths for each row, −1 at the end.</summary>
internal sealed class BinaryRows(CopyLayout layout) : CopyRows(layout)
{
    private const int Trailer = -1;
    private bool _hasHeader;
    private int _looked;
    private int _left;

    public static ReadOnlySpan<byte> Signature => [(byte)'P', (byte)'G', (byte)'C', (byte)'O', (byte)'P', (byte)'Y', (byte)'\n', 0xff, (byte)'\r', (byte)'\n', 0];

    public override bool TryFind(ReadOnlySpan<byte> data, bool isLast, out int length)
    {
        length = 0;
        if (isLast && data.IsEmpty && _hasHeader) return false;
        var found = _hasHeader ? FindTuple(data, out length) : FindHeader(data, out length);
        if (!found && isLast) throw Bad(_hasHeader ? "unexpected EOF in COPY data" : "COPY file signature not recognized");
        return found;
    }

    public override CopyRowKind Split(ReadOnlySpan<byte> row, CopyFields fields)
    {
        fields.Clear();
        if (!_hasHeader) { _hasHeader = true; return CopyRowKind.Preamble; }
        var count = BinaryPrimitives.ReadInt16BigEndian(row);
        if (count == Trailer) return CopyRowKind.End;
        row = row[2..];
        for (var i = 0; i < count; i++)
        {
            var size = BinaryPrimitives.ReadInt32BigEndian(row);
            row = row[4..];
            if (size < 0) { fields.EndNull(); continue; }
            fields.Add(row[..size]);
            fields.End();
            row = row[size..];
        }
        return CopyRowKind.Row;
    }

    private static bool FindHeader(ReadOnlySpan<byte> data, out int length)
    {
        length = 0;
        var known = Math.Min(data.Length, Signature.Length);
        if (!data[..known].SequenceEqual(Signature[..known])) throw Bad("COPY file signature not recognized");
        if (data.Length < Signature.Length + 8) return false;
        var flags = BinaryPrimitives.ReadInt32BigEndian(data[Signature.Length..]);
        if ((flags & ~0xffff) != 0) throw Bad("unrecognized critical flags in COPY file header");
        var extension = BinaryPrimitives.ReadInt32BigEndian(data[(Signature.Length + 4)..]);
        if (extension is < 0 or > 1 << 20) throw Bad("invalid COPY file header (missing length)");
        length = Signature.Length + 8 + extension;
        return data.Length >= length;
    }

    private bool FindTuple(ReadOnlySpan<byte> data, out int length)
    {
        length = 0;
        if (_looked == 0)
        {
            if (data.Length < 2) return false;
            _left = BinaryPrimitives.ReadInt16BigEndian(data);
            if (_left == Trailer) { length = 2; return true; }
            if (_left != Layout.Types.Length) throw Bad($"row field count is {_left}, expected {Layout.Types.Length}");
            _looked = 2;
        }
        while (_left > 0)
        {
            if (data.Length - _looked < 4) return false;
            var size = BinaryPrimitives.ReadInt32BigEndian(data[_looked..]);
            if (size < -1) throw Bad("invalid field size");
            var end = (long)_looked + 4 + Math.Max(0, size);
            if (end > data.Length) return false;
            _looked = (int)end;
            _left--;
        }
        length = _looked;
        _looked = 0;
        return true;
    }
}
