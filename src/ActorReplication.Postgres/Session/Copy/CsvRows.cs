using System.Buffers;

namespace ActorReplication.Postgres.Session.Copy;

/// <summary>COPY's CSV format: quoted fields may hold delimiters and line ends.</summary>
internal sealed class CsvRows : CopyRows
{
    private readonly SearchValues<byte> _lineMarks;
    private readonly SearchValues<byte> _fieldMarks;
    private readonly bool _hasOwnEscape;
    private LineEnd _lineEnd;
    private int _looked;
    private bool _isQuoted;
    private bool _isEscaped;

    public CsvRows(CopyLayout layout) : base(layout)
    {
        _hasOwnEscape = layout.Escape != layout.Quote;
        _lineMarks = SearchValues.Create([(byte)'\n', (byte)'\r', layout.Quote, layout.Escape]);
        _fieldMarks = SearchValues.Create([layout.Delimiter, layout.Quote]);
    }

    public override bool TryFind(ReadOnlySpan<byte> data, bool isLast, out int length)
    {
        length = 0;
        while (true)
        {
            var next = data[_looked..].IndexOfAny(_lineMarks);
            // Nothing follows yet: what the escape means is known with the next piece.
            if (next > 0 || (next < 0 && _looked < data.Length)) _isEscaped = false;
            if (next < 0) { _looked = data.Length; return Rest(data, isLast, out length); }
            _looked += next;
            var at = data[_looked];
            if (_hasOwnEscape && _isQuoted && at == Layout.Escape && !_isEscaped) { _isEscaped = true; _looked++; continue; }
            if (at == Layout.Quote && !_isEscaped) _isQuoted = !_isQuoted;
            _isEscaped = false;
            if (_isQuoted || at is not ((byte)'\n' or (byte)'\r')) { _looked++; continue; }
            if (at == (byte)'\r' && _looked + 1 >= data.Length && !isLast && _lineEnd != LineEnd.Return) return false;
            var found = at == (byte)'\n' ? LineEnd.Newline : _looked + 1 < data.Length && data[_looked + 1] == (byte)'\n' && _lineEnd != LineEnd.Return ? LineEnd.ReturnNewline : LineEnd.Return;
            TextRows.Require(found, ref _lineEnd, "unquoted");
            length = _looked + (found == LineEnd.ReturnNewline ? 2 : 1);
            _looked = 0;
            return true;
        }
    }

    public override CopyRowKind Split(ReadOnlySpan<byte> row, CopyFields fields)
    {
        fields.Clear();
        var line = TextRows.WithoutEnd(row);
        if (line.SequenceEqual("\\."u8)) return CopyRowKind.End;
        while (true)
        {
            var used = Field(line, fields);
            if (used == line.Length) return CopyRowKind.Row;
            line = line[(used + 1)..];
        }
    }

    /// <summary>Reads one field; how long it is in the line.</summary>
    private int Field(ReadOnlySpan<byte> line, CopyFields fields)
    {
        var column = fields.Count;
        var position = 0;
        var wasQuoted = false;
        while (true)
        {
            var next = line[position..].IndexOfAny(_fieldMarks);
            if (next < 0) { fields.Add(line[position..]); position = line.Length; break; }
            fields.Add(line.Slice(position, next));
            position += next;
            if (line[position] == Layout.Delimiter) break;
            wasQuoted = true;
            position = Quoted(line, position + 1, fields);
        }
        var isForced = column < Layout.Types.Length && (wasQuoted ? Layout.ForceNull[column] : !Layout.ForceNotNull[column]);
        fields.End();
        if ((isForced || column >= Layout.Types.Length && !wasQuoted) && fields.Bytes(column).SequenceEqual(Layout.Null)) fields.MakeLastNull();
        return position;
    }

    /// <summary>From after the opening quote to after the closing one.</summary>
    private int Quoted(ReadOnlySpan<byte> line, int position, CopyFields fields)
    {
        while (position < line.Length)
        {
            var next = line[position..].IndexOfAny(Layout.Quote, Layout.Escape);
            if (next < 0) break;
            fields.Add(line.Slice(position, next));
            position += next;
            if (line[position] == Layout.Escape && position + 1 < line.Length && (line[position + 1] == Layout.Quote || line[position + 1] == Layout.Escape))
            {
                fields.Add(line[position + 1]);
                position += 2;
                continue;
            }
            if (line[position] == Layout.Quote) return position + 1;
            fields.Add(line[position++]);
        }
        throw Bad("unterminated CSV quoted field");
    }

    private bool Rest(ReadOnlySpan<byte> data, bool isLast, out int length)
    {
        length = isLast ? data.Length : 0;
        if (isLast) _looked = 0;
        return length > 0;
    }
}
