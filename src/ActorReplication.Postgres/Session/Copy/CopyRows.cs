using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect;

namespace ActorReplication.Postgres.Session.Copy;

internal enum CopyRowKind : byte
{
    Row,

    /// <summary>The marker for the end of the data; what follows is not looked at.</summary>
    End,

    /// <summary>Belongs to the format, holds no row.</summary>
    Preamble,
}

/// <summary>Cuts COPY's data into rows and rows into fields. Data comes in pieces of any size: <see cref="TryFind"/> remembers how far it has looked, so that a
/// row in many pieces is not looked through again for each.</summary>
internal abstract class CopyRows(CopyLayout layout)
{
    protected CopyLayout Layout { get; } = layout;

    public static CopyRows For(CopyLayout layout) => layout.Format switch
    {
        CopyFormat.Csv => new CsvRows(layout),
        CopyFormat.Binary => new BinaryRows(layout),
        _ => new TextRows(layout),
    };

    /// <param name="data">From the beginning of the row on: what was given before, and more.</param>
    /// <param name="isLast">Nothing will follow.</param>
    /// <param name="length">Of the row, with its end.</param>
    /// <returns>False: the row is not whole yet; or, if nothing will follow, there is none.</returns>
    public abstract bool TryFind(ReadOnlySpan<byte> data, bool isLast, out int length);

    /// <summary>Splits what <see cref="TryFind"/> found.</summary>
    public abstract CopyRowKind Split(ReadOnlySpan<byte> row, CopyFields fields);

    protected static PgException Bad(string message, string? hint = null) => new(new PgError(SqlStates.BadCopyFileFormat, message) { Hint = hint });
}

/// <summary>How lines end is settled by the first of them; another end in a later one is an error, since it would be data for some and an end for others.</summary>
internal enum LineEnd : byte { Unknown, Newline, Return, ReturnNewline }
