using System.Runtime.CompilerServices;
using ActorReplication.Storage.Capture;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Storage.Apply;

/// <summary>Repeats or takes back a payload's changes, by key, on a connection whose triggers and foreign keys are off.
/// What a row was before is compared with the payload by the preupdate hook while it is changed: no extra statement.</summary>
internal sealed unsafe class Applier(Connection connection, TableCatalog catalog)
{
    private readonly Dictionary<string, RowStatements> statements = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<PayloadTable> tables = [];
    private readonly RowChange change = new();
    private readonly ImageCheck check = new(connection, catalog);
    private SequenceTable? sequences;
    private int generation;

    /// <summary>The payload changed the schema.</summary>
    internal bool ChangedSchema { get; private set; }

    /// <param name="from">Operations before this place are only decoded, for the tables that they name.</param>
    internal ApplyOutcome Apply(ReadOnlySpan<byte> payload, int from = 0)
    {
        var previous = connection.Observer;
        connection.Observer = check;
        check.Reset();
        ChangedSchema = false;
        tables.Clear();
        long rows = 0;
        try
        {
            fixed (byte* memory = payload)
            {
                var reader = Open(payload);
                while (!reader.AtEnd)
                {
                    var at = reader.Offset;
                    if (Read(ref reader) && at >= from)
                        rows += Carry(memory);
                }
            }
        }
        finally
        {
            connection.Observer = previous;
        }
        return new ApplyOutcome(rows, check.Divergence);
    }

    /// <summary>Places of the row changes, first to last; null when the payload changes the schema.</summary>
    private List<int>? Places(ReadOnlySpan<byte> payload)
    {
        var places = new List<int>();
        tables.Clear();
        var reader = Open(payload);
        while (!reader.AtEnd)
        {
            var at = reader.Offset;
            if (!Read(ref reader))
                continue;
            if (change.Kind == ChangeKind.Ddl)
                return null;
            places.Add(at);
        }
        return places;
    }

    /// <summary>Takes the payload's changes back, last first. False if it changes the schema, or the rows are not as it left them:
    /// some of it may then be done, and the caller rolls back.</summary>
    internal bool TryUndo(ReadOnlySpan<byte> payload)
    {
        if (Places(payload) is not { } places)
            return false;
        var previous = connection.Observer;
        connection.Observer = check;
        check.Reset();
        try
        {
            fixed (byte* memory = payload)
            {
                for (var i = places.Count - 1; i >= 0 && check.Divergence is null; i--)
                {
                    var reader = new PayloadReader(payload) { Offset = places[i] };
                    Read(ref reader);
                    if (change.Table.Fits || change.Kind == ChangeKind.Sequence)
                        change.Invert();
                    Carry(memory);
                }
            }
        }
        finally
        {
            connection.Observer = previous;
        }
        return check.Divergence is null;
    }

    private static PayloadReader Open(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        return payload.IsEmpty || reader.Byte() == PayloadFormat.RowsVersion1
            ? reader
            : throw new InvalidDataException($"bad row payload: format {payload[0]} is unknown, this program knows {PayloadFormat.RowsVersion1}");
    }

    /// <summary>Decodes the next operation. False for a table's definition, which is only noted.</summary>
    private bool Read(ref PayloadReader reader)
    {
        var operation = reader.Byte();
        switch (operation)
        {
            case PayloadFormat.Table:
                var name = reader.Text();
                var flags = reader.Byte();
                tables.Add(new PayloadTable(name, (flags & PayloadFormat.HasRowid) != 0, reader.Int32(), reader.Int32(), catalog.Find(name)));
                return false;
            case PayloadFormat.Ddl:
                change.Kind = ChangeKind.Ddl;
                change.Text = reader.Text();
                return true;
            case PayloadFormat.Sequence:
                change.Kind = ChangeKind.Sequence;
                change.Text = reader.Text();
                change.SequenceBefore = reader.Value();
                change.SequenceAfter = reader.Value();
                return true;
            case PayloadFormat.Insert or PayloadFormat.Update or PayloadFormat.UpdateRowid or PayloadFormat.Delete:
                ReadRowChange(ref reader, operation);
                return true;
            default:
                reader.Offset--;
                throw reader.Bad("an operation");
        }
    }

    private void ReadRowChange(ref PayloadReader reader, byte operation)
    {
        var number = reader.Int32();
        if (number >= tables.Count)
            throw reader.Bad($"a table number under {tables.Count}");
        var table = change.Table = tables[number];
        change.OldRowid = change.NewRowid = table.HasRowid ? reader.ZigZag() : 0;
        if (operation == PayloadFormat.UpdateRowid)
            change.NewRowid = reader.ZigZag();
        if (operation is PayloadFormat.Insert or PayloadFormat.Delete)
        {
            change.Kind = operation == PayloadFormat.Insert ? ChangeKind.Insert : ChangeKind.Delete;
            change.ReadRow(ref reader, table.Stored);
            return;
        }
        change.Kind = ChangeKind.Update;
        change.ReadRow(ref reader, table.Key);
        change.ReadChanged(ref reader, table.Shape?.Columns.Length ?? int.MaxValue);
    }

    /// <summary>Carries the decoded change out. Returns the rows it changed.</summary>
    private int Carry(byte* memory)
    {
        switch (change.Kind)
        {
            case ChangeKind.Ddl:
                RunDdl(change.Text);
                return 0;
            case ChangeKind.Sequence:
                sequences ??= new SequenceTable(connection);
                if (sequences.Set(change.Text, change.SequenceBefore, change.SequenceAfter) is { } difference)
                    check.Report(difference);
                return 0;
        }
        if (!change.Table.Fits)
        {
            check.Report($"table {change.Table.Name}: {(change.Table.Shape is null ? "is missing here" : "has other columns here")}");
            return 0;
        }
        var steps = StatementsOf(change.Table.Shape!);
        return change.Kind switch
        {
            ChangeKind.Insert => RowSteps.Insert(connection, steps, change, check, memory),
            ChangeKind.Delete => RowSteps.Delete(connection, steps, change, check, memory),
            _ => RowSteps.Update(connection, steps, change, check, memory),
        };
    }

    private void RunDdl(string sql)
    {
        if (connection.TryRunInternal(sql) is { } failure)
            check.Report($"schema change failed here: {failure.Message}: {(sql.Length > 200 ? sql[..200] + "…" : sql)}");
        ChangedSchema = true;
        catalog.Forget();
    }

    private RowStatements StatementsOf(TableShape shape)
    {
        if (generation != catalog.Generation)
            CloseStatements();
        if (!statements.TryGetValue(shape.Name, out var found) || !ReferenceEquals(found.Shape, shape))
        {
            found?.Close();
            statements[shape.Name] = found = new RowStatements(connection, shape);
        }
        return found;
    }

    private void CloseStatements()
    {
        foreach (var one in statements.Values)
            one.Close();
        statements.Clear();
        generation = catalog.Generation;
    }

    internal void Close()
    {
        CloseStatements();
        sequences?.Close();
    }
}
