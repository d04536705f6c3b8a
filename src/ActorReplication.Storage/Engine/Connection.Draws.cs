namespace ActorReplication.Storage.Engine;

internal sealed partial class Connection
{
    /// <summary>What this connection's statements take from clock and chance. Only a leader's connection is ever settled.</summary>
    internal Draws Draws { get; } = new();

    /// <summary>SQLite's own random functions, drawing from <see cref="Draws"/>. Its time functions ask <see cref="Interop.ClockVfs"/>.</summary>
    private IEnumerable<ScalarFunction> DrawingFunctions() =>
    [
        // As SQLite's: the smallest integer, of which there is no absolute value, never comes.
        new ScalarFunction("random", 0, false, call => call.Return(Signed(Draws.Next()))) { Input = FunctionInput.Chance },
        new ScalarFunction("randomblob", 1, false, RandomBlob) { Input = FunctionInput.Chance },
    ];

    private static long Signed(ulong number) => (long)number is < 0 and var negative ? -(negative & long.MaxValue) : (long)number;

    private void RandomBlob(IFunctionCall call)
    {
        var length = Math.Max(1, call.Int64(0));
        if (length > options.MaxValueBytes)
            throw new SqlFunctionException("54000", "string or blob too big");
        var bytes = new byte[length];
        Draws.Fill(bytes);
        call.ReturnBlob(bytes);
    }
}
