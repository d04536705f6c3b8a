using System.Text;
using ActorReplication.Storage.Apply;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Pages;

namespace ActorReplication.Storage.Capture;

/// <summary>One change of a log entry in a readable form. Row images are lists in the order of the table's stored columns (whole rows) or by
/// column number from 1 (updates: changed columns only).</summary>
/// <param name="Operation">insert, update, delete, ddl, sequence, statement or pages.</param>
/// <param name="Key">The row's key before the change: its rowid, or its key columns' values. Of a statement: its parameters' values.</param>
public sealed record EntryChange(string Operation, string Table, IReadOnlyList<object?> Key, IReadOnlyDictionary<string, object?>? Before, IReadOnlyDictionary<string, object?>? After, string? Sql)
{
    /// <summary>Why this part of the transaction travels as it does; null where rows are the method.</summary>
    public string? Reason { get; init; }
}

/// <summary>Says what a log entry's payload does, without a database.</summary>
public static class EntryDescription
{
    /// <summary>Integers as <see cref="long"/>, reals as <see cref="double"/>, text as string, blobs as <c>\x</c> and hex digits.</summary>
    /// <exception cref="InvalidDataException">The bytes are no payload.</exception>
    public static IReadOnlyList<EntryChange> Describe(ReadOnlyMemory<byte> payload)
    {
        var changes = new List<EntryChange>();
        if (PagePayload.Is(payload.Span))
        {
            Describe(PagePayload.Decode(payload), changes);
            return changes;
        }
        if (!BlockReader.IsBlocks(payload.Span))
        {
            Describe(PayloadDecoder.Open(payload.Span), payload.Span, null, changes);
            return changes;
        }
        var blocks = new BlockReader();
        blocks.Open(payload);
        while (blocks.Next())
        {
            var reason = blocks.Reason.Text();
            if (blocks.Statement is { } statement)
                changes.Add(new EntryChange("statement", "", statement.Values(), null, null, Encoding.UTF8.GetString(statement.Text.Span)) { Reason = statement.Has(PayloadFormat.Unsafe) ? $"let through although {reason}" : reason });
            else
                Describe(new PayloadReader(blocks.Operations.Span), blocks.Operations.Span, reason, changes);
        }
        return changes;
    }

    /// <summary>Of pages there is not more to say than which file they are for; the rows beside them, if there are any, tell the rest.</summary>
    private static void Describe(PagePayload entry, List<EntryChange> changes)
    {
        changes.Add(new EntryChange("pages", "", [], null, null, null)
        {
            Reason = $"{entry.Pages} pages of {entry.PageBytes} bytes of a database of {entry.DatabasePages}, on the file of {(entry.Before.IsNone ? "this entry's leader" : $"entry {entry.Before.Term}/{entry.Before.Index}")}",
        });
        foreach (var rows in entry.Rows)
            changes.AddRange(Describe(rows));
    }

    private static void Describe(PayloadReader reader, ReadOnlySpan<byte> payload, string? reason, List<EntryChange> changes)
    {
        var decoder = new PayloadDecoder(static _ => null);
        while (!reader.AtEnd)
            if (decoder.Read(ref reader)) changes.Add(Describe(decoder.Change, payload) with { Reason = reason });
    }

    private static EntryChange Describe(RowChange change, ReadOnlySpan<byte> payload)
    {
        switch (change.Kind)
        {
            case ChangeKind.Ddl:
                return new EntryChange("ddl", "", [], null, null, change.Text);
            case ChangeKind.Sequence:
                return new EntryChange("sequence", change.Text, [], One(change.SequenceBefore, payload), One(change.SequenceAfter, payload), null);
            case ChangeKind.Insert:
                return new EntryChange("insert", change.Table.Name, change.Table.HasRowid ? [change.NewRowid] : [], null, Row(change, payload), null);
            case ChangeKind.Delete:
                return new EntryChange("delete", change.Table.Name, change.Table.HasRowid ? [change.OldRowid] : [], Row(change, payload), null, null);
            default:
                var key = new List<object?>();
                if (change.Table.HasRowid) key.Add(change.OldRowid);
                else for (var i = 0; i < change.ValueCount; i++) key.Add(Value(change.Values[i], payload));
                return new EntryChange("update", change.Table.Name, key, Changed(change, change.Before, payload), Changed(change, change.After, payload), null);
        }
    }

    private static Dictionary<string, object?> One(PayloadValue value, ReadOnlySpan<byte> payload) => new() { ["seq"] = Value(value, payload) };

    private static Dictionary<string, object?> Row(RowChange change, ReadOnlySpan<byte> payload)
    {
        var row = new Dictionary<string, object?>();
        for (var i = 0; i < change.ValueCount; i++) row[(i + 1).ToString()] = Value(change.Values[i], payload);
        return row;
    }

    private static Dictionary<string, object?> Changed(RowChange change, PayloadValue[] values, ReadOnlySpan<byte> payload)
    {
        var columns = new Dictionary<string, object?>();
        for (var i = 0; i < change.ChangedCount; i++) columns[(change.Changed[i] + 1).ToString()] = Value(values[i], payload);
        return columns;
    }

    internal static object? Value(PayloadValue value, ReadOnlySpan<byte> payload) => value.Kind switch
    {
        ValueKind.Null => null,
        ValueKind.Int64 => value.Bits,
        // JSON has no word for them.
        ValueKind.Double => double.IsFinite(value.Real) ? value.Real : value.Real.ToString(),
        ValueKind.Text => Encoding.UTF8.GetString(payload.Slice(value.Offset, value.Length)),
        _ => "\\x" + Convert.ToHexStringLower(payload.Slice(value.Offset, value.Length)),
    };
}
