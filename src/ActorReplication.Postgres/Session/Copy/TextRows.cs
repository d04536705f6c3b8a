namespace ActorReplication.Postgres.Session.Copy;

/// <summary>COPY's text format: a line for each row, backslash escapes.</summary>
internal sealed class TextRows(CopyLayout layout) : CopyRows(layout)
{
    private LineEnd _lineEnd;
    private int _looked;

    /// <summary>Bytes of the end of the row that was found: those before it may look like one and be escaped.</summary>
    private int _endBytes;

    public override bool TryFind(ReadOnlySpan<byte> data, bool isLast, out int length)
    {
        while (true)
        {
            var next = data[_looked..].IndexOfAny((byte)'\\', (byte)'\n', (byte)'\r');
            if (next < 0) { _looked = data.Length; return Rest(data, isLast, out length); }
            _looked += next;
            var at = data[_looked];
            if (at == (byte)'\\')
            {
                if (_looked + 1 >= data.Length && !isLast) { length = 0; return false; }
                _looked = Math.Min(_looked + 2, data.Length);
                continue;
            }
            if (at == (byte)'\r' && _looked + 1 >= data.Length && !isLast && _lineEnd != LineEnd.Return) { length = 0; return false; }
            _endBytes = LineEndAt(data, ref _lineEnd, "literal");
            length = _looked + _endBytes;
            _looked = 0;
            return true;
        }
    }

    public override CopyRowKind Split(ReadOnlySpan<byte> row, CopyFields fields)
    {
        fields.Clear();
        var line = row[..^_endBytes];
        if (line.SequenceEqual("\\."u8)) return CopyRowKind.End;
        while (true)
        {
            var end = FieldEnd(line);
            var raw = line[..end];
            if (raw.SequenceEqual(Layout.Null)) fields.EndNull();
            else { Decode(raw, fields); fields.End(); }
            if (end == line.Length) return CopyRowKind.Row;
            line = line[(end + 1)..];
        }
    }

    /// <summary>Without the line's end, if it has one. For CSV, where bytes that look like one at the end of a row are one.</summary>
    internal static ReadOnlySpan<byte> WithoutEnd(ReadOnlySpan<byte> row)
    {
        if (row is [.., (byte)'\n']) row = row[..^1];
        else if (row is [.., (byte)'\r']) return row[..^1];
        else return row;
        return row is [.., (byte)'\r'] ? row[..^1] : row;
    }

    private bool Rest(ReadOnlySpan<byte> data, bool isLast, out int length)
    {
        length = isLast ? data.Length : 0;
        if (isLast) (_looked, _endBytes) = (0, 0);
        return length > 0;
    }

    /// <summary>Bytes of the line's end at the place that was looked at.</summary>
    private int LineEndAt(ReadOnlySpan<byte> data, ref LineEnd known, string kind)
    {
        var found = data[_looked] == (byte)'\n' ? LineEnd.Newline : _looked + 1 < data.Length && data[_looked + 1] == (byte)'\n' && known != LineEnd.Return ? LineEnd.ReturnNewline : LineEnd.Return;
        Require(found, ref known, kind);
        return found == LineEnd.ReturnNewline ? 2 : 1;
    }

    internal static void Require(LineEnd found, ref LineEnd known, string kind)
    {
        if (known == LineEnd.Unknown) known = found;
        if (found == known) return;
        var (name, use) = found == LineEnd.Newline ? ("newline", "\\n") : ("carriage return", "\\r");
        throw Bad($"{kind} {name} found in data", kind == "literal" ? $"Use \"{use}\" to represent {name}." : $"Use quoted CSV field to represent {name}.");
    }

    private int FieldEnd(ReadOnlySpan<byte> line)
    {
        var position = 0;
        while (true)
        {
            var next = line[position..].IndexOfAny(Layout.Delimiter, (byte)'\\');
            if (next < 0) return line.Length;
            position += next;
            if (line[position] == Layout.Delimiter) return position;
            position = Math.Min(position + 2, line.Length);
        }
    }

    private static void Decode(ReadOnlySpan<byte> raw, CopyFields fields)
    {
        while (true)
        {
            var escape = raw.IndexOf((byte)'\\');
            if (escape < 0 || escape + 1 == raw.Length) { fields.Add(raw); return; }
            fields.Add(raw[..escape]);
            raw = raw[(escape + 1)..];
            var used = 1;
            fields.Add(raw[0] switch
            {
                (byte)'b' => (byte)'\b',
                (byte)'f' => (byte)'\f',
                (byte)'n' => (byte)'\n',
                (byte)'r' => (byte)'\r',
                (byte)'t' => (byte)'\t',
                (byte)'v' => (byte)'\v',
                >= (byte)'0' and <= (byte)'7' => Digits(raw, 8, 3, out used),
                (byte)'x' when raw.Length > 1 && char.IsAsciiHexDigit((char)raw[1]) => Hex(raw, out used),
                var other => other,
            });
            raw = raw[used..];
        }
    }

    private static byte Hex(ReadOnlySpan<byte> raw, out int used)
    {
        var value = Digits(raw[1..], 16, 2, out used);
        used++;
        return value;
    }

    private static byte Digits(ReadOnlySpan<byte> raw, int radix, int most, out int used)
    {
        var value = 0;
        used = 0;
        while (used < most && used < raw.Length && IsDigit(raw[used], radix)) value = value * radix + Convert.ToInt32(((char)raw[used++]).ToString(), 16);
        return (byte)value;
    }

    private static bool IsDigit(byte digit, int radix) => radix == 16 ? char.IsAsciiHexDigit((char)digit) : digit is >= (byte)'0' and <= (byte)'7';
}
