using ActorReplication.Storage.Capture;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Storage.Apply;

internal enum ChangeKind : byte { Insert, Update, Delete, Ddl, Sequence }

/// <summary>A table as a payload names it, with this node's shape of it.</summary>
internal sealed record PayloadTable(string Name, bool HasRowid, int Stored, int Key, TableShape? Shape)
{
    /// <summary>This node's table can take the payload's rows.</summary>
    internal bool Fits => Shape is { } shape && shape.HasRowid == HasRowid && shape.Stored.Length == Stored && shape.Key.Length == Key
        && (!HasRowid || shape.RowidName is not null);
}

/// <summary>One decoded operation; the object and its arrays are used again for the next.</summary>
internal sealed class RowChange
{
    internal ChangeKind Kind { get; set; }
    internal PayloadTable Table { get; set; } = new("", false, 0, 0, null);
    internal long OldRowid { get; set; }
    internal long NewRowid { get; set; }

    /// <summary>Insert only: any free rowid will do.</summary>
    internal bool AnyRowid { get; set; }

    /// <summary>Values of the whole row, in the order of the stored columns (insert, delete); or of the key columns before the change (update).</summary>
    internal PayloadValue[] Values { get; private set; } = new PayloadValue[16];
    internal int ValueCount { get; private set; }

    /// <summary>Update only: which columns changed, from what, to what.</summary>
    internal int[] Changed { get; private set; } = new int[16];
    internal PayloadValue[] Before { get; private set; } = new PayloadValue[16];
    internal PayloadValue[] After { get; private set; } = new PayloadValue[16];
    internal int ChangedCount { get; private set; }

    /// <summary>DDL text, or the table of a sequence.</summary>
    internal string Text { get; set; } = "";
    internal PayloadValue SequenceBefore { get; set; }
    internal PayloadValue SequenceAfter { get; set; }

    internal void ReadRow(ref PayloadReader reader, int count)
    {
        // Each value has a byte at least: no number in a payload makes anybody take more memory than the payload is long.
        if (count > reader.Left)
            throw reader.Bad($"{count} values");
        if (Values.Length < count)
            Values = new PayloadValue[count];
        for (var i = 0; i < count; i++)
            Values[i] = reader.Value();
        ValueCount = count;
    }

    internal void ReadChanged(ref PayloadReader reader, int columns)
    {
        ChangedCount = 0;
        for (var column = reader.Int32(); column != 0; column = reader.Int32())
        {
            if (column > columns || ChangedCount == columns)
                throw reader.Bad($"a column number of at most {columns}");
            if (ChangedCount == Changed.Length)
                Enlarge();
            Changed[ChangedCount] = column - 1;
            Before[ChangedCount] = reader.Value();
            After[ChangedCount] = reader.Value();
            ChangedCount++;
        }
    }

    /// <summary>Turns the change into the one that takes it back.</summary>
    internal void Invert()
    {
        (OldRowid, NewRowid) = (NewRowid, OldRowid);
        switch (Kind)
        {
            case ChangeKind.Insert:
                Kind = ChangeKind.Delete;
                break;
            case ChangeKind.Delete:
                Kind = ChangeKind.Insert;
                break;
            case ChangeKind.Sequence:
                (SequenceBefore, SequenceAfter) = (SequenceAfter, SequenceBefore);
                break;
            default:
                // The row is found by the key it has now.
                var key = Table.Shape!.Key;
                for (var i = 0; i < ChangedCount; i++)
                {
                    if (Array.IndexOf(key, Changed[i]) is var part and >= 0)
                        Values[part] = After[i];
                }
                (Before, After) = (After, Before);
                break;
        }
    }

    private void Enlarge()
    {
        var size = Changed.Length * 2;
        var (changed, before, after) = (Changed, Before, After);
        Array.Resize(ref changed, size);
        Array.Resize(ref before, size);
        Array.Resize(ref after, size);
        (Changed, Before, After) = (changed, before, after);
    }
}
