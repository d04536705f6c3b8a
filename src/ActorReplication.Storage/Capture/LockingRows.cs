using ActorReplication.Storage.Engine;

namespace ActorReplication.Storage.Capture;

/// <summary>Locks the rows that a reading statement returns, as they come: after its ORDER BY, before its limits if they are given here.</summary>
/// <param name="most">So many keys it notes at most; 0: none, and there may be any number.</param>
internal sealed class LockingRows(TableCatalog catalog, SqlCall call, RowLockRequest request, IRowLocks? locks, int most) : IRowConsumer
{
    private readonly List<ulong> row = [];
    private readonly TableShape?[] shapes = [.. request.Tables.Select(catalog.Find)];
    private long left = long.MaxValue, skip;
    private bool counts = request.HasLimits;

    internal List<ulong> Keys { get; } = [];

    /// <summary>Rows that were handed on.</summary>
    internal long Rows { get; private set; }

    /// <summary>The first that somebody else has, and that is to be waited for.</summary>
    internal ulong? Taken { get; private set; }

    /// <summary>A row that somebody else has, and that is not to be waited for.</summary>
    internal SqlFailure? Failure { get; private set; }

    /// <summary>There are more rows than it may lock.</summary>
    internal bool AreTooMany { get; private set; }

    public bool IsFull => Taken is not null || Failure is not null || AreTooMany || left <= 0;

    public void Start(IRowReader columns) => call.Rows?.Start(columns);

    public void Row(IRowReader reader)
    {
        if (counts)
        {
            counts = false;
            left = reader.Int64(0) is var limit and >= 0 ? limit : long.MaxValue;
            skip = reader.Int64(1);
        }
        if (IsFull || !Lock(reader))
            return;
        if (most > 0)
            Keys.AddRange(row);
        AreTooMany = Keys.Count > most;
        if (skip-- > 0)
            return;
        left--;
        Rows++;
        call.Rows?.Row(reader);
    }

    private bool Lock(IRowReader reader)
    {
        row.Clear();
        var column = request.HasLimits ? 2 : 0;
        foreach (var shape in shapes)
        {
            var first = column;
            column += shape is { HasRowid: false } ? shape.Key.Length : 1;
            if (shape is null || reader.Kind(first) == ValueKind.Null)
                continue;
            var key = shape.HasRowid ? LockingCapture.OfRow(shape, reader.Int64(first)) : OfKey(reader, first, shape.Key.Length, shape.NameHash, out _);
            row.Add(key);
            if (locks?.IsTaken(key, request.Mode) != true)
                continue;
            if (request.Wait == LockWait.Wait)
                Taken = key;
            else if (request.Wait == LockWait.Fail)
                Failure = new SqlFailure(Interop.SqliteCode.Busy, $"could not obtain lock on row in relation \"{shape.Name}\"", SqlState: "55P03");
            return false;
        }
        return true;
    }

    internal static ulong OfKey(IRowReader reader, int first, int count, ulong seed, out bool hasNull)
    {
        var hash = seed;
        hasNull = false;
        for (var i = first; i < first + count; i++)
        {
            hasNull |= reader.Kind(i) == ValueKind.Null;
            hash = reader.Kind(i) switch
            {
                ValueKind.Int64 => LockingCapture.OfNumber(reader.Int64(i), hash),
                ValueKind.Double => LockingCapture.OfNumber(reader.Double(i), hash),
                ValueKind.Text => LockingCapture.OfContent(reader.Text(i), hash),
                ValueKind.Blob => LockingCapture.OfContent(reader.Blob(i), hash),
                _ => LockingCapture.OfNull(hash),
            };
        }
        return hash;
    }
}
