using System.Runtime.CompilerServices;
using ActorReplication.Schemas;
using ActorReplication.Storage.Capture;
using ActorReplication.Storage.Engine;
using static ActorReplication.Storage.Interop.Sqlite3;

namespace ActorReplication.Storage.Apply;

/// <summary>Repeats or takes back a payload's changes, by key, on a connection whose triggers and foreign keys are off.
/// What a row was before is compared with the payload by the preupdate hook while it is changed: no extra statement.</summary>
internal sealed unsafe class Applier(Connection connection, TableCatalog catalog)
{
    private readonly Dictionary<string, RowStatements> statements = new(StringComparer.OrdinalIgnoreCase);
    private readonly PayloadDecoder decoder = new(catalog.Find);
    private readonly ImageCheck check = new(connection, catalog);
    private SequenceTable? sequences;
    private int generation;
    private RowNumbering? numbering;

    /// <summary>The payload changed the schema.</summary>
    internal bool ChangedSchema { get; private set; }

    /// <param name="from">Operations before this place are only decoded, for the tables that they name.</param>
    internal ApplyOutcome Apply(ReadOnlySpan<byte> payload, int from = 0) => Apply(PayloadDecoder.Open(payload), payload, from);

    /// <summary>As <see cref="Apply(ReadOnlySpan{byte}, int)"/>, of a rows block: operations without the format in front.</summary>
    internal ApplyOutcome ApplyBlock(ReadOnlySpan<byte> operations) => Apply(new PayloadReader(operations), operations, 0);

    /// <summary>Makes an open transaction's changes again; stops at the first difference.</summary>
    /// <param name="rows">The rowids that its rows have by now.</param>
    /// <param name="then">Sees the rows as they are changed.</param>
    internal string? MakeAgain(ReadOnlySpan<byte> payload, RowNumbering rows, IRowObserver? then)
    {
        numbering = rows;
        check.Then = then;
        try
        {
            return Apply(payload).Divergence;
        }
        finally
        {
            numbering = null;
            check.Then = null;
        }
    }

    private ApplyOutcome Apply(PayloadReader reader, ReadOnlySpan<byte> payload, int from)
    {
        var previous = connection.Observer;
        connection.Observer = check;
        check.Reset();
        ChangedSchema = false;
        decoder.Start();
        long rows = 0;
        try
        {
            fixed (byte* memory = payload)
            {
                while (!reader.AtEnd)
                {
                    var at = reader.Offset;
                    if (decoder.Read(ref reader) && at >= from)
                        rows += Carry(memory);
                    if (numbering is not null && check.Divergence is not null)
                        break;
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
    private List<int>? Places(PayloadReader reader)
    {
        var places = new List<int>();
        decoder.Start();
        while (!reader.AtEnd)
        {
            var at = reader.Offset;
            if (!decoder.Read(ref reader))
                continue;
            if (decoder.Change.Kind == ChangeKind.Ddl)
                return null;
            places.Add(at);
        }
        return places;
    }

    /// <summary>Takes the payload's changes back, last first. False if it changes the schema, or the rows are not as it left them:
    /// some of it may then be done, and the caller rolls back.</summary>
    internal bool TryUndo(ReadOnlySpan<byte> payload) => TryUndo(PayloadDecoder.Open(payload), payload);

    internal bool TryUndoBlock(ReadOnlySpan<byte> operations) => TryUndo(new PayloadReader(operations), operations);

    private bool TryUndo(PayloadReader start, ReadOnlySpan<byte> payload)
    {
        if (Places(start) is not { } places)
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
                    decoder.Read(ref reader);
                    if (decoder.Change.Table.Fits || decoder.Change.Kind == ChangeKind.Sequence)
                        decoder.Change.Invert();
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

    /// <summary>Carries the decoded change out. Returns the rows it changed.</summary>
    private int Carry(byte* memory)
    {
        switch (decoder.Change.Kind)
        {
            case ChangeKind.Ddl:
                RunDdl(decoder.Change.Text);
                return 0;
            case ChangeKind.Sequence:
                sequences ??= new SequenceTable(connection);
                if (sequences.Set(decoder.Change.Text, decoder.Change.SequenceBefore, decoder.Change.SequenceAfter) is { } difference)
                    check.Report(difference);
                return 0;
        }
        if (!decoder.Change.Table.Fits)
        {
            check.Report($"table {decoder.Change.Table.Name}: {(decoder.Change.Table.Shape is null ? "is missing here" : "has other columns here")}");
            return 0;
        }
        var steps = StatementsOf(decoder.Change.Table.Shape!);
        if (numbering is not null && steps.Shape is { HasRowid: true, RowidColumn: < 0 })
            return CarryNumbered(numbering, steps, memory);
        return decoder.Change.Kind switch
        {
            ChangeKind.Insert => RowSteps.Insert(connection, steps, decoder.Change, check, memory),
            ChangeKind.Delete => RowSteps.Delete(connection, steps, decoder.Change, check, memory),
            _ => RowSteps.Update(connection, steps, decoder.Change, check, memory),
        };
    }

    private int CarryNumbered(RowNumbering rows, RowStatements steps, byte* memory)
    {
        var change = decoder.Change;
        if (change.Kind == ChangeKind.Insert)
        {
            change.AnyRowid = true;
            var inserted = RowSteps.Insert(connection, steps, change, check, memory);
            change.AnyRowid = false;
            rows.Note(steps.Shape, change.NewRowid, sqlite3_last_insert_rowid(connection.Handle));
            return inserted;
        }
        change.OldRowid = change.NewRowid = rows.Now(steps.Shape, change.OldRowid);
        return change.Kind == ChangeKind.Delete
            ? RowSteps.Delete(connection, steps, change, check, memory)
            : RowSteps.Update(connection, steps, change, check, memory);
    }

    private void RunDdl(string sql)
    {
        connection.Observer = null;
        var failure = TableRedefinition.TryParse(sql) is { } change ? new TableRedefiner(connection, catalog).Run(change, connection.TryRunInternal) : connection.TryRunInternal(sql);
        connection.Observer = check;
        if (failure is not null)
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
