using ActorReplication.Storage.Engine;

namespace ActorReplication.Storage.Capture;

/// <summary>Locks the rows that a reading statement returns, as they come: after its ORDER BY, before its limits if they are given here.</summary>
internal sealed class LockingRows(TableCatalog catalog, SqlCall call, RowLockRequest request, IRowLocks? locks) : IRowConsumer
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

    public bool IsFull => Taken is not null || Failure is not null || left <= 0;

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
        Keys.AddRange(row);
        if (skip-- > 0)
            return;
        left--;
        Rows++;
        call.Rows?.Row(reader);
    }

    private bool Lock(IRowReader reader)
    {
        row.Clear();
        var first = request.HasLimits ? 2 : 0;
        for (var i = 0; i < shapes.Length; i++)
        {
            if (shapes[i] is not { } shape || reader.Kind(first + i) == ValueKind.Null)
                continue;
            var key = LockingCapture.OfRow(shape, reader.Int64(first + i));
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
}
