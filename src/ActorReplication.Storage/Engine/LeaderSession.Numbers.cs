using System.Text;
using static ActorReplication.Storage.Interop.Sqlite3;

namespace ActorReplication.Storage.Engine;

/// <summary>Numbers from AUTOINCREMENT counters are given to one transaction only, whether it commits or not: the counter in the database goes back with a transaction, what a client has seen does not.</summary>
internal sealed unsafe partial class LeaderSession
{
    /// <summary>The highest that transactions took which are open, or were rolled back, in this term.</summary>
    private readonly Dictionary<string, long> reserved = new(StringComparer.Ordinal);

    /// <summary>The highest that the client transaction took.</summary>
    private readonly Dictionary<string, long> drawn = new(StringComparer.Ordinal);

    /// <summary>What the batch's schema changes did to <see cref="reserved"/>, in order: numbers went with a table or its counter, or (no number) a table got another name.</summary>
    private readonly List<(string Table, long? Number, string NewName)> counterChanges = [];

    /// <summary>How many of them were there when the client transaction began.</summary>
    private int counterChangesBefore;

    internal void ForgetReserved()
    {
        reserved.Clear();
        counterChanges.Clear();
    }

    /// <summary>A counter that went on by more than one for each row was set by a client's own number: those are not reserved, since the highest possible one would leave none.</summary>
    private static bool WereDrawn(long? before, long after, long rows) => after - (before ?? 0) <= rows;

    private void ReserveIfDrawn(string table, long? before, long after, long rows)
    {
        if (WereDrawn(before, after, rows))
            Reserve(table, after);
    }

    private void Reserve(string table, long number) => reserved[table] = Math.Max(number, reserved.GetValueOrDefault(table));

    /// <summary>Rows that were changed on this connection, by triggers and foreign keys too: two of them tell how many a statement has changed at most.</summary>
    private long RowsChanged => sqlite3_total_changes64(connection.Handle);

    private void NoteDrawn(string table, long? before, long rows)
    {
        if (sequenceValues[table] is { } after && after != before && WereDrawn(before, after, rows))
            drawn[table] = Math.Max(after, drawn.GetValueOrDefault(table));
    }

    /// <summary>The client transaction, or a part of it, is taken back.</summary>
    private void ReserveDrawn()
    {
        foreach (var (table, number) in drawn)
            Reserve(table, number);
        drawn.Clear();
    }

    /// <summary>A new table of the same name begins anew, and so does a counter that was taken from its table.</summary>
    private void ForgetWithoutCounter()
    {
        foreach (var table in reserved.Keys.Where(table => catalog.Find(table) is not { HasSequence: true }).ToList())
        {
            counterChanges.Add((table, reserved[table], table));
            reserved.Remove(table);
        }
    }

    private void RenameCounter(string table, string name)
    {
        Move(reserved, table, name);
        Move(drawn, table, name);
        counterChanges.Add((table, null, name));
    }

    /// <summary>Where a table begins in the file: it stays there under another name. Zero: there is none.</summary>
    private long RootOf(string table)
    {
        var find = connection.PrepareInternal("SELECT rootpage FROM public.sqlite_schema WHERE type = 'table' AND name = ?1");
        find.Text(1, Encoding.UTF8.GetBytes(table));
        var root = connection.StepInternal(find) ? find.Int64(0) : 0;
        find.FinalizeHandle();
        return root;
    }

    private string? NameAt(long root)
    {
        var find = connection.PrepareInternal("SELECT name FROM public.sqlite_schema WHERE type = 'table' AND rootpage = ?1");
        find.Int64(1, root);
        var name = connection.StepInternal(find) ? find.TextString(0) : null;
        find.FinalizeHandle();
        return name;
    }

    private static void Move(Dictionary<string, long> numbers, string from, string to)
    {
        if (numbers.Remove(from, out var number))
            numbers[to] = Math.Max(number, numbers.GetValueOrDefault(to));
    }

    /// <summary>Schema changes are taken back: the tables of before, and their counters, are there again.</summary>
    /// <param name="count">How many of them stay.</param>
    private void TakeBackCounters(int count)
    {
        for (var i = counterChanges.Count - 1; i >= count; i--)
        {
            var (table, number, name) = counterChanges[i];
            if (number is { } forgotten)
                Reserve(table, forgotten);
            else
                Move(reserved, name, table);
        }
        counterChanges.RemoveRange(count, counterChanges.Count - count);
    }

    /// <summary>In a client transaction: its counters go past what others took, and that is captured.</summary>
    private void PassReserved(StatementFacts facts)
    {
        if (reserved.Count == 0)
            return;
        foreach (var table in facts.Sequences)
        {
            if (!reserved.TryGetValue(table, out var highest))
                continue;
            var shape = catalog.Find(table)!;
            if (!sequenceValues.TryGetValue(table, out var now))
                sequenceValues[table] = now = sequences.Read(shape.NameUtf8);
            if (now >= highest)
                continue;
            PassReserved(table);
            CaptureSequence(shape, capture, recording is null ? null : measuring);
        }
    }

    private void PassReserved(string table)
    {
        if (!reserved.TryGetValue(table, out var highest))
            return;
        // SQLite tells of this as of any row, though not when it counts itself: what travels is the counter.
        var observer = connection.Observer;
        connection.Observer = null;
        sequences.Raise(catalog.Find(table)!.NameUtf8, highest);
        connection.Observer = observer;
    }
}
