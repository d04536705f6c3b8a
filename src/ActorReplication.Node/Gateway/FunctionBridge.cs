using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Node.Gateway;

/// <summary>The dialect's SQL functions, as the engine registers them. The call object is kept per thread: a function may run a
/// million times in one statement.</summary>
internal sealed class FunctionBridge : ISqlFunctionCall
{
    [ThreadStatic]
    private static FunctionBridge? _ofThread;
    private IFunctionCall? _call;

    public static ScalarFunction ToEngine(SqlFunction function) =>
        new(function.Name, function.Arguments, function.Deterministic, call => Run(call, function.Invoke)) { Input = (FunctionInput)function.Input };

    public static AggregateFunction ToEngine(SqlAggregate aggregate) =>
        new(aggregate.Name, aggregate.Arguments, () => new State(aggregate.Start()));

    private static void Run(IFunctionCall call, Action<ISqlFunctionCall> invoke)
    {
        var bridge = _ofThread ?? new FunctionBridge();
        // A function that runs another statement's function on this thread finds no cached object and makes its own.
        _ofThread = null;
        bridge._call = call;
        try
        {
            invoke(bridge);
        }
        catch (DialectException e)
        {
            throw new SqlFunctionException(e.SqlState, e.Message);
        }
        finally
        {
            bridge._call = null;
            _ofThread = bridge;
        }
    }

    int ISqlFunctionCall.Count => _call!.Count;
    SqlKind ISqlFunctionCall.Kind(int argument) => (SqlKind)_call!.Kind(argument);
    long ISqlFunctionCall.Int64(int argument) => _call!.Int64(argument);
    double ISqlFunctionCall.Double(int argument) => _call!.Double(argument);
    ReadOnlySpan<byte> ISqlFunctionCall.Text(int argument) => _call!.Text(argument);
    ReadOnlySpan<byte> ISqlFunctionCall.Blob(int argument) => _call!.Blob(argument);
    long ISqlFunctionCall.TransactionMicros => _call!.TransactionMicros;
    long ISqlFunctionCall.StatementMicros => _call!.StatementMicros;
    ulong ISqlFunctionCall.NextRandom() => _call!.NextRandom();
    void ISqlFunctionCall.ReturnNull() => _call!.ReturnNull();
    void ISqlFunctionCall.Return(long value) => _call!.Return(value);
    void ISqlFunctionCall.Return(double value) => _call!.Return(value);
    void ISqlFunctionCall.ReturnText(ReadOnlySpan<byte> utf8) => _call!.ReturnText(utf8);
    void ISqlFunctionCall.ReturnBlob(ReadOnlySpan<byte> bytes) => _call!.ReturnBlob(bytes);

    private sealed class State(ISqlAggregateState state) : IAggregateState
    {
        public void Add(IFunctionCall call) => Run(call, state.Add);
        public void Finish(IFunctionCall call) => Run(call, state.Finish);
    }
}
