using ActorReplication.Storage.Capture;

namespace ActorReplication.Storage.Engine;

/// <summary>The row changes of a transaction that is open beside the database: made again for each of its statements, and for good at its end.
/// Changed by <see cref="IWriter.Step"/>; between two steps by its owner.</summary>
public sealed class OpenChanges
{
    /// <summary>A transaction that changes more rows than this is not to be made again and again.</summary>
    public const int MostRows = 1000;

    /// <summary>Nor one whose changes take more bytes than this.</summary>
    internal const long MostBytes = 8 << 20;

    /// <summary>Nor one whose rows were made again so often, in all.</summary>
    internal const long MostRepeated = 20_000;

    private readonly List<ulong> keys = [];
    private readonly List<ulong> tables = [];
    private long bytes;

    /// <summary>Rows made again by now.</summary>
    internal long Repeated { get; set; }

    /// <summary>What each statement did, in order.</summary>
    internal List<OpenChunk> Chunks { get; } = [];

    /// <summary>Tables whose AUTOINCREMENT counter a statement has raised. What is cut back stays: numbers are not given out twice.</summary>
    internal HashSet<string> Sequences { get; } = new(StringComparer.Ordinal);

    /// <summary>Tables in which rows of it went, or their keys or unique values became others. What is cut back stays.</summary>
    internal HashSet<string> Vacated { get; } = new(StringComparer.Ordinal);

    /// <summary>Some rows it inserted have a rowid that nobody sees, and that may become another one.</summary>
    internal bool NumbersRows { get; set; }

    /// <summary>Statements that changed something.</summary>
    public int Count => Chunks.Count;

    public int Rows { get; private set; }

    /// <summary>Rows that the newest statement wrote or locked, and unique values that it wrote: to be locked.</summary>
    public IReadOnlyList<ulong> NewKeys => keys;

    /// <summary>How.</summary>
    public RowLockMode NewMode { get; private set; }

    /// <summary>Tables that the newest statement wrote, each to be locked with <see cref="RowLockMode.Share"/>: nobody is to change its definition.</summary>
    public IReadOnlyList<ulong> NewTables => tables;

    /// <summary>Of the changes, in memory. Any thread.</summary>
    public long Bytes => Volatile.Read(ref bytes);

    internal void Add(OpenChunk chunk)
    {
        lock (Chunks)
            Chunks.Add(chunk);
        Rows += chunk.Rows;
        Volatile.Write(ref bytes, bytes + chunk.Payload.Length);
    }

    /// <summary>What it has done by now, for the statement of another one. Its owner may take some of it back meanwhile.</summary>
    internal OpenChunk[] Seen()
    {
        lock (Chunks)
            return [.. Chunks];
    }

    internal void SetKeys(IReadOnlyList<ulong> touched, RowLockMode mode, IEnumerable<ulong>? written = null)
    {
        keys.Clear();
        keys.AddRange(touched);
        tables.Clear();
        tables.AddRange(written ?? []);
        NewMode = mode;
    }

    /// <summary>Back to so many statements (<see cref="Count"/>).</summary>
    public void CutBack(int count)
    {
        lock (Chunks)
        {
            for (var i = count; i < Chunks.Count; i++)
            {
                Rows -= Chunks[i].Rows;
                Volatile.Write(ref bytes, bytes - Chunks[i].Payload.Length);
            }
            Chunks.RemoveRange(count, Chunks.Count - count);
        }
    }
}

/// <param name="Payload">Rows, as in a log entry.</param>
/// <param name="Tables">The tables it names, as they were.</param>
internal sealed record OpenChunk(byte[] Payload, TableShape[] Tables, int Rows);

/// <summary>Which rows, unique values and tables transactions have locked. Asked while a statement runs, on the writer's thread.</summary>
public interface IRowLocks
{
    /// <summary>Another one than the transaction that runs has it: the statement is to be taken back, and to be run again later.</summary>
    bool IsTaken(ulong key, RowLockMode mode);

    /// <summary>What the other open transactions have done, which the statement does not see. Empty if it waits for nobody.</summary>
    IEnumerable<OpenChanges> Others { get; }

    /// <summary>How many more keys the transaction that runs may lock.</summary>
    int KeysLeft { get; }

    /// <summary>How many more bytes all open transactions' changes may take.</summary>
    long BytesLeft { get; }
}

public enum StepEnd : byte
{
    /// <summary>The statement was run; see its outcome.</summary>
    Done,

    /// <summary>It met a row or a table that another transaction has locked; it had no effect.</summary>
    Blocked,

    /// <summary>It cannot be run beside the database; it had no effect.</summary>
    NeedsGate,

    /// <summary>The transaction's earlier changes do not fit the database any more.</summary>
    Conflict,
}

/// <param name="Key">Blocked: what it met.</param>
/// <param name="Why">NeedsGate, Conflict: for messages.</param>
/// <param name="Mode">Blocked: how it needs that.</param>
public readonly record struct StepOutcome(StepEnd End, SqlOutcome Outcome, ulong Key, string? Why, RowLockMode Mode = RowLockMode.Write)
{
    internal static StepOutcome Blocked(ulong key, RowLockMode mode) => new(StepEnd.Blocked, default, key, null, mode);
    internal static StepOutcome Done(SqlOutcome outcome) => new(StepEnd.Done, outcome, 0, null);
    internal static StepOutcome NeedsGate(string why) => new(StepEnd.NeedsGate, default, 0, why);
}
