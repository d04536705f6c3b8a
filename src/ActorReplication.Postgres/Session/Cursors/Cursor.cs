using ActorReplication.Postgres.Backend;

namespace ActorReplication.Postgres.Session.Cursors;

/// <summary>What DECLARE made: a result and a place in it. The result is that of the moment of DECLARE, whatever is changed afterwards.</summary>
/// <param name="canGoBack">False: NO SCROLL.</param>
internal sealed class Cursor(string name, ResultShape shape, RowSpool rows, bool canGoBack, bool isHeld) : IDisposable
{
    private readonly SpooledRow _row = new();

    /// <summary>0 before the first row, n on row n, one more than there are after the last.</summary>
    private long _position;

    /// <summary>Where the row at <see cref="_position"/> begins; at the ends, where one would.</summary>
    private long _offset;

    public string Name { get; } = name;
    public ResultShape Shape { get; } = shape;

    /// <summary>WITH HOLD: outlives the transaction that declared it, if that commits.</summary>
    public bool IsHeld { get; } = isHeld;

    /// <summary>Rises with each cursor of the session.</summary>
    public long Number { get; set; }

    /// <summary>The transaction that declared it has committed.</summary>
    public bool IsCommitted { get; set; }

    private bool IsOnRow => _position >= 1 && _position <= rows.Rows;

    /// <summary>On to the next row; null: there is none, it stands after the last.</summary>
    public SpooledRow? Next()
    {
        if (_position > rows.Rows) return null;
        if (IsOnRow) rows.ReadAt(_offset, _row, out _offset);
        _position++;
        return Current();
    }

    /// <summary>Back to the row before; null: there is none, it stands before the first.</summary>
    public SpooledRow? Prior()
    {
        RequireBack();
        if (_position == 0) return null;
        if (_position > 1) _offset = rows.Before(_offset);
        _position--;
        return Current();
    }

    /// <summary>The row it stands on, or null.</summary>
    public SpooledRow? Current()
    {
        if (!IsOnRow) return null;
        rows.ReadAt(_offset, _row, out _);
        return _row;
    }

    /// <summary>To row <paramref name="target"/>, counted from the end if negative, or beyond an end; the row there or null.</summary>
    public SpooledRow? MoveTo(long target)
    {
        if (target < 0) target = Math.Max(0, rows.Rows + 1 + target);
        target = Math.Min(target, rows.Rows + 1);
        if (target < _position) RequireBack();
        // From the nearer end, if that is nearer than here.
        if (target < _position - target) (_position, _offset) = (0, 0);
        else if (rows.Rows + 1 - target < target - _position) (_position, _offset) = (rows.Rows + 1, rows.Bytes);
        while (_position < target) Next();
        while (_position > target)
        {
            if (_position > 1) _offset = rows.Before(_offset);
            _position--;
        }
        return Current();
    }

    public SpooledRow? MoveBy(long distance) => distance == 0 ? Current() : MoveTo(Math.Clamp(_position + Math.Clamp(distance, -rows.Rows - 1, rows.Rows + 1), 0, rows.Rows + 1));

    public void Dispose() => rows.Dispose();

    private void RequireBack()
    {
        if (!canGoBack) throw new PgException(new PgError(SqlStates.ObjectNotInPrerequisiteState, "cursor can only scan forward") { Hint = "Declare it with SCROLL option to enable backward scan." });
    }
}
