namespace ActorReplication.Storage.Engine;

/// <summary>One SQLite statement to run. Immutable; may be run again.</summary>
/// <param name="Sql">Exactly one statement in SQLite's dialect. Prepared statements are cached by this text.</param>
/// <param name="Parameters">Values for ?1, ?2, …; null when there are none.</param>
/// <param name="Rows">Receives the result rows, on the thread that executes; null to drop them.</param>
/// <param name="Auxiliary">Read-only tables that the statement names and the database does not hold (catalogs, status views).</param>
public sealed record SqlCall(string Sql, IParameterSource? Parameters = null, IRowConsumer? Rows = null, IReadOnlyList<AuxiliaryTable>? Auxiliary = null)
{
    /// <summary>Rows after which execution stops as if finished; 0 = no limit.</summary>
    public long MaxRows { get; init; }

    /// <summary>A reading statement that locks the rows it returns; null: it locks none.</summary>
    public RowLockRequest? Lock { get; init; }
}

/// <summary>Binds values, in the order of their numbers; called once or twice per execution, on the executing thread.</summary>
public interface IParameterSource
{
    void Bind(IParameterBinder binder);
}

/// <summary>Parameter numbers start at 1. The spans are copied.</summary>
public interface IParameterBinder
{
    void Null(int number);
    void Int64(int number, long value);
    void Double(int number, double value);
    void Text(int number, ReadOnlySpan<byte> utf8);
    void Blob(int number, ReadOnlySpan<byte> bytes);
}

/// <summary>Takes a statement's result. Called on the executing thread; must not call back into the database.
/// Throwing ends the statement with that exception.</summary>
public interface IRowConsumer
{
    /// <summary>Once, before the first row (also when there will be none), for a statement that returns columns.</summary>
    void Start(IRowReader columns);
    void Row(IRowReader row);

    /// <summary>A reading statement may stop here as if finished.</summary>
    bool IsFull => false;
}

public enum ValueKind : byte { Null, Int64, Double, Text, Blob }

/// <summary>The current row of a running statement. Spans are valid until the call returns.</summary>
public interface IRowReader
{
    int Count { get; }
    string Name(int column);

    /// <summary>Declared type of the column the value comes from; null for an expression.</summary>
    string? DeclaredType(int column);
    ValueKind Kind(int column);
    long Int64(int column);
    double Double(int column);

    /// <summary>UTF-8, of Text (and, converted, of numbers).</summary>
    ReadOnlySpan<byte> Text(int column);
    ReadOnlySpan<byte> Blob(int column);
}

/// <param name="Schema">Attached in-memory schema it lives in, e.g. <c>pg_catalog</c>.</param>
/// <param name="Columns">Column definitions as in CREATE TABLE.</param>
/// <param name="Version">The table is filled again when this differs from what the connection has; null: for each statement.</param>
public sealed record AuxiliaryTable(string Schema, string Name, IReadOnlyList<string> Columns, string? Version, Func<IEnumerable<object?[]>> Rows);

/// <summary>A scalar SQL function that the composition root adds to every connection.</summary>
/// <param name="Arguments">Number of them; −1 = any.</param>
/// <param name="Deterministic">Same arguments, same result, always: usable in indexes and generated columns.</param>
public sealed record ScalarFunction(string Name, int Arguments, bool Deterministic, Action<IFunctionCall> Invoke)
{
    /// <summary>An innocuous function may be used from views, triggers and defaults although TRUSTED_SCHEMA is off.</summary>
    public bool Innocuous { get; init; } = true;

    /// <summary>What its result comes from. A deterministic function may still not give the same result on every machine (<see cref="FunctionInput.Elsewhere"/>).</summary>
    public FunctionInput Input { get; init; } = Deterministic ? FunctionInput.Arguments : FunctionInput.Elsewhere;
}

/// <summary>What a function's result depends on, beside the version of this program.</summary>
public enum FunctionInput : byte
{
    /// <summary>Its arguments; on the clock at most as <see cref="IFunctionCall"/> tells the time.</summary>
    Arguments,

    /// <summary>Also on <see cref="IFunctionCall.NextRandom"/>: another number with every call.</summary>
    Chance,

    /// <summary>On something that other nodes may see otherwise.</summary>
    Elsewhere,
}

/// <summary>An aggregate; <paramref name="Start"/> makes the state of one group.</summary>
public sealed record AggregateFunction(string Name, int Arguments, Func<IAggregateState> Start);

public interface IAggregateState
{
    void Add(IFunctionCall call);
    void Finish(IFunctionCall call);
}

/// <summary>Arguments from 0; set exactly one result. An exception of type <see cref="SqlFunctionException"/> becomes the statement's error.</summary>
public interface IFunctionCall
{
    int Count { get; }
    ValueKind Kind(int argument);
    long Int64(int argument);
    double Double(int argument);
    ReadOnlySpan<byte> Text(int argument);
    ReadOnlySpan<byte> Blob(int argument);

    /// <summary>Start of the client transaction, in microseconds since 1970-01-01 UTC: recorded, the same on every node that runs the statement.</summary>
    long TransactionMicros { get; }

    /// <summary>As <see cref="TransactionMicros"/>, of the running statement.</summary>
    long StatementMicros { get; }

    /// <summary>Another number each time; on every node that runs the statement the same ones.</summary>
    ulong NextRandom();
    void ReturnNull();
    void Return(long value);
    void Return(double value);
    void ReturnText(ReadOnlySpan<byte> utf8);
    void ReturnBlob(ReadOnlySpan<byte> bytes);
}

/// <summary>An error raised in a function of ours, with the SQLSTATE the client is to see.</summary>
public sealed class SqlFunctionException(string sqlState, string message) : Exception(message)
{
    public string SqlState { get; } = sqlState;
}
