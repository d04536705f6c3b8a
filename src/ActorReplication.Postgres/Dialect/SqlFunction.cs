namespace ActorReplication.Postgres.Dialect;

using ActorReplication.Postgres.Gateway;

/// <summary>A SQL function that translated statements call and SQLite lacks. The composition root registers each on every connection.</summary>
/// <param name="Arguments">−1 = any number.</param>
public sealed record SqlFunction(string Name, int Arguments, bool Deterministic, Action<ISqlFunctionCall> Invoke)
{
    public SqlFunctionInput Input { get; init; } = Deterministic ? SqlFunctionInput.Arguments : SqlFunctionInput.Elsewhere;
}

/// <summary>What a function's result depends on; whether a statement that calls it can be repeated on another node hangs on it.</summary>
public enum SqlFunctionInput : byte
{
    /// <summary>Its arguments, and the times of <see cref="ISqlFunctionCall"/>.</summary>
    Arguments,

    /// <summary>Also <see cref="ISqlFunctionCall.NextRandom"/>.</summary>
    Chance,

    /// <summary>Something that other nodes may see otherwise: the process, the C library's last digit, the time zone data.</summary>
    Elsewhere,
}

public sealed record SqlAggregate(string Name, int Arguments, Func<ISqlAggregateState> Start);

public interface ISqlAggregateState
{
    void Add(ISqlFunctionCall call);
    void Finish(ISqlFunctionCall call);
}

/// <summary>Arguments from 0; exactly one result. To fail: throw <see cref="DialectException"/>.</summary>
public interface ISqlFunctionCall
{
    int Count { get; }
    SqlKind Kind(int argument);
    long Int64(int argument);
    double Double(int argument);
    ReadOnlySpan<byte> Text(int argument);
    ReadOnlySpan<byte> Blob(int argument);

    /// <summary>Microseconds since 1970-01-01 UTC at the start of the transaction; the same wherever the statement is repeated.</summary>
    long TransactionMicros { get; }

    /// <summary>As <see cref="TransactionMicros"/>, of the statement.</summary>
    long StatementMicros { get; }

    /// <summary>Another number with every call; the same ones wherever the statement is repeated.</summary>
    ulong NextRandom();
    void ReturnNull();
    void Return(long value);
    void Return(double value);
    void ReturnText(ReadOnlySpan<byte> utf8);
    void ReturnBlob(ReadOnlySpan<byte> bytes);
}
