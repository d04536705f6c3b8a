using System.Text;
using ActorReplication.Storage.Apply;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Pages;

namespace ActorReplication.Storage.Capture;

/// <summary>One change of a log entry in a readable form. Row images are by column name where the table's names are known and fit, else by number: the place among the
/// table's stored columns (whole rows), or the column's own (updates: changed columns only), from 1.</summary>
/// <param name="Operation">insert, update, delete, ddl, sequence, statement or pages.</param>
/// <param name="Key">The row's key before the change: its rowid, or its key columns' values. Of a statement: its parameters' values.</param>
public sealed record EntryChange(string Operation, string Table, IReadOnlyList<object?> Key, IReadOnlyDictionary<string, object?>? Before, IReadOnlyDictionary<string, object?>? After, string? Sql)
{
    /// <summary>Why this part of the transaction travels as it does; null where rows are the method.</summary>
    public string? Reason { get; init; }

    /// <summary>Names of <see cref="Key"/>'s columns; null: the columns are known by number only.</summary>
    public IReadOnlyList<string>? KeyColumns { get; init; }

    /// <summary>Where an update moved the row to; null: it stayed.</summary>
    public long? NewRowid { get; init; }
}

/// <summary>A blob, shown as <c>\x</c> and hex digits.</summary>
public sealed record BlobText(string Hex)
{
    public override string ToString() => "\\x" + Hex;
}

/// <summary>Says what a log entry's payload does, without a database.</summary>
public static class EntryDescription
{
    /// <summary>Integers as <see cref="long"/>, reals as <see cref="double"/>, text as string, blobs as <see cref="BlobText"/>.</summary>
    /// <exception cref="InvalidDataException">The bytes are no payload.</exception>
    public static IReadOnlyList<EntryChange> Describe(ReadOnlyMemory<byte> payload, SchemaNames? names = null, int most = int.MaxValue)
    {
        names ??= SchemaNames.None;
        var changes = new List<EntryChange>();
        if (PagePayload.Is(payload.Span))
        {
            Describe(PagePayload.Decode(payload), names, changes);
            return changes;
        }
        if (!BlockReader.IsBlocks(payload.Span))
        {
            Describe(PayloadDecoder.Open(payload.Span), payload.Span, null, names, changes, most);
            return changes;
        }
        var blocks = new BlockReader();
        blocks.Open(payload);
        while (changes.Count < most && blocks.Next())
        {
            var reason = blocks.Reason.Text();
            if (blocks.Statement is { } statement)
                changes.Add(new EntryChange("statement", "", statement.Values(), null, null, Encoding.UTF8.GetString(statement.Text.Span)) { Reason = statement.Has(PayloadFormat.Unsafe) ? $"let through although {reason}" : reason });
            else
                Describe(new PayloadReader(blocks.Operations.Span), blocks.Operations.Span, reason, names, changes, most);
        }
        return changes;
    }

    /// <summary>Of pages there is not more to say than which file they are for; the rows beside them, if there are any, tell the rest.</summary>
    private static void Describe(PagePayload entry, SchemaNames names, List<EntryChange> changes)
    {
        changes.Add(new EntryChange("pages", "", [], null, null, null)
        {
            Reason = $"{entry.Pages} pages of {entry.PageBytes} bytes of a database of {entry.DatabasePages}, on the file of {(entry.Before.IsNone ? "this entry's leader" : $"entry {entry.Before.Term}/{entry.Before.Index}")}",
        });
        foreach (var rows in entry.Rows)
            changes.AddRange(PagePayload.Is(rows.Span) ? throw new InvalidDataException("bad payload: pages stand beside pages, where rows are expected") : Describe(rows, names));
    }

    private static void Describe(PayloadReader reader, ReadOnlySpan<byte> payload, string? reason, SchemaNames names, List<EntryChange> changes, int most)
    {
        var decoder = new PayloadDecoder(static _ => null);
        while (changes.Count < most && !reader.AtEnd)
            if (decoder.Read(ref reader)) changes.Add(Describe(decoder.Change, payload, names) with { Reason = reason });
    }

    /// <summary>The table's names, if its present columns can be those of the payload.</summary>
    private static TableNames? Fitting(PayloadTable table, SchemaNames names) =>
        names.Find(table.Name) is { } known && known.Rowid is not null == table.HasRowid && known.Stored.Count == table.Stored && known.Key.Count == table.Key ? known : null;

    private static EntryChange Describe(RowChange change, ReadOnlySpan<byte> payload, SchemaNames names)
    {
        var known = change.Kind is ChangeKind.Ddl or ChangeKind.Sequence ? null : Fitting(change.Table, names);
        IReadOnlyList<string>? keys = known is null ? null : known.Rowid is { } rowid ? [rowid] : [.. known.Key.Select(k => known.Columns[k])];
        switch (change.Kind)
        {
            case ChangeKind.Ddl:
                return new EntryChange("ddl", "", [], null, null, change.Text);
            case ChangeKind.Sequence:
                return new EntryChange("sequence", change.Text, [], One(change.SequenceBefore, payload), One(change.SequenceAfter, payload), null);
            case ChangeKind.Insert:
                return new EntryChange("insert", change.Table.Name, change.Table.HasRowid ? [change.NewRowid] : [], null, Row(change, known, payload), null) { KeyColumns = keys };
            case ChangeKind.Delete:
                return new EntryChange("delete", change.Table.Name, change.Table.HasRowid ? [change.OldRowid] : [], Row(change, known, payload), null, null) { KeyColumns = keys };
            default:
                var key = new List<object?>();
                if (change.Table.HasRowid) key.Add(change.OldRowid);
                else for (var i = 0; i < change.ValueCount; i++) key.Add(Value(change.Values[i], payload));
                return new EntryChange("update", change.Table.Name, key, Changed(change, known, change.Before, payload), Changed(change, known, change.After, payload), null)
                {
                    KeyColumns = keys,
                    NewRowid = change.Table.HasRowid && change.NewRowid != change.OldRowid ? change.NewRowid : null,
                };
        }
    }

    private static Dictionary<string, object?> One(PayloadValue value, ReadOnlySpan<byte> payload) => new() { ["seq"] = Value(value, payload) };

    private static Dictionary<string, object?> Row(RowChange change, TableNames? names, ReadOnlySpan<byte> payload)
    {
        var row = new Dictionary<string, object?>();
        for (var i = 0; i < change.ValueCount; i++) row[names?.Columns[names.Stored[i]] ?? (i + 1).ToString()] = Value(change.Values[i], payload);
        return row;
    }

    private static Dictionary<string, object?> Changed(RowChange change, TableNames? names, PayloadValue[] values, ReadOnlySpan<byte> payload)
    {
        var columns = new Dictionary<string, object?>();
        for (var i = 0; i < change.ChangedCount; i++) columns[names is not null && change.Changed[i] < names.Columns.Count ? names.Columns[change.Changed[i]] : (change.Changed[i] + 1).ToString()] = Value(values[i], payload);
        return columns;
    }

    internal static object? Value(PayloadValue value, ReadOnlySpan<byte> payload) => value.Kind switch
    {
        ValueKind.Null => null,
        ValueKind.Int64 => value.Bits,
        ValueKind.Double => value.Real,
        ValueKind.Text => Encoding.UTF8.GetString(payload.Slice(value.Offset, value.Length)),
        _ => new BlobText(Convert.ToHexStringLower(payload.Slice(value.Offset, value.Length))),
    };
}
