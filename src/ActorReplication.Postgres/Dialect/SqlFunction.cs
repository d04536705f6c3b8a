namespace ActorReplication.Postgres.Dialect;

using ActorReplication.Postgres.Gateway;

/// <summary>A SQL function that translated statements call and SQLite lacks. The composition root registers each on every connection.</summary>
/// <param name="Arguments">−1 = any number.</param>
public sealed record SqlFunction(string Name, int Arguments, bool Deterministic, Action<ISqlFunctionCall> Invoke);

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
    void ReturnNull();
    void Return(long value);
    void Return(double value);
    void ReturnText(ReadOnlySpan<byte> utf8);
    void ReturnBlob(ReadOnlySpan<byte> bytes);
}
