using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ActorReplication.Storage.Interop;
using static ActorReplication.Storage.Interop.Sqlite3;

namespace ActorReplication.Storage.Engine;

internal sealed unsafe partial class Connection
{
    private sealed class ScalarBinding(Connection connection, ScalarFunction function)
    {
        internal Connection Connection { get; } = connection;
        internal ScalarFunction Function { get; } = function;
        internal FunctionCall Call { get; } = new(connection.Draws);
    }

    private sealed class AggregateBinding(Connection connection, AggregateFunction function)
    {
        internal Connection Connection { get; } = connection;
        internal AggregateFunction Function { get; } = function;
        internal FunctionCall Call { get; } = new(connection.Draws);
    }

    private void Register(ScalarFunction function)
    {
        var context = GCHandle.Alloc(new ScalarBinding(this, function));
        functionHandles.Add(context);
        var flags = SqliteCode.Utf8
            | (function.Deterministic ? SqliteCode.FunctionDeterministic : 0)
            | (function.Innocuous ? SqliteCode.FunctionInnocuous : SqliteCode.FunctionDirectOnly);
        fixed (byte* name = Utf8.Terminated(function.Name))
        {
            Check(
                sqlite3_create_function_v2(db, name, function.Arguments, flags, GCHandle.ToIntPtr(context), &OnScalar, null, null, null),
                $"function {function.Name}");
        }
    }

    private void Register(AggregateFunction function)
    {
        var context = GCHandle.Alloc(new AggregateBinding(this, function));
        functionHandles.Add(context);
        fixed (byte* name = Utf8.Terminated(function.Name))
        {
            Check(
                sqlite3_create_function_v2(
                    db, name, function.Arguments, SqliteCode.Utf8 | SqliteCode.FunctionInnocuous, GCHandle.ToIntPtr(context), null, &OnAggregateStep, &OnAggregateFinal, null),
                $"function {function.Name}");
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnScalar(nint call, int count, nint* values)
    {
        var binding = Unsafe.As<ScalarBinding>(GCHandle.FromIntPtr(sqlite3_user_data(call)).Target!);
        binding.Call.Enter(call, count, values);
        try
        {
            binding.Function.Invoke(binding.Call);
        }
        catch (Exception failure)
        {
            binding.Connection.FailFunction(binding.Call, failure);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnAggregateStep(nint call, int count, nint* values)
    {
        var binding = Unsafe.As<AggregateBinding>(GCHandle.FromIntPtr(sqlite3_user_data(call)).Target!);
        binding.Call.Enter(call, count, values);
        try
        {
            // SQLite keeps this word, zero at first, for each group.
            var slot = sqlite3_aggregate_context(call, sizeof(nint));
            if (slot is null)
                throw new InsufficientMemoryException("no memory for an aggregate's state");
            if (*slot == 0)
                *slot = GCHandle.ToIntPtr(GCHandle.Alloc(binding.Function.Start()));
            Unsafe.As<IAggregateState>(GCHandle.FromIntPtr(*slot).Target!).Add(binding.Call);
        }
        catch (Exception failure)
        {
            binding.Connection.FailFunction(binding.Call, failure);
        }
    }

    /// <summary>Also called when a statement ends early, to free the state.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnAggregateFinal(nint call)
    {
        var binding = Unsafe.As<AggregateBinding>(GCHandle.FromIntPtr(sqlite3_user_data(call)).Target!);
        binding.Call.Enter(call, 0, null);
        var slot = sqlite3_aggregate_context(call, 0);
        GCHandle held = slot is null || *slot == 0 ? default : GCHandle.FromIntPtr(*slot);
        try
        {
            var state = held.IsAllocated ? (IAggregateState)held.Target! : binding.Function.Start();
            state.Finish(binding.Call);
        }
        catch (Exception failure)
        {
            binding.Connection.FailFunction(binding.Call, failure);
        }
        finally
        {
            if (held.IsAllocated)
            {
                held.Free();
                *slot = 0;
            }
        }
    }

    private void FailFunction(FunctionCall call, Exception failure)
    {
        functionFailure = failure as SqlFunctionException ?? new SqlFunctionException("XX000", $"{failure.GetType().Name}: {failure.Message}");
        call.Fail(functionFailure.Message);
    }
}
