namespace ActorReplication.Node.Tests.Histories;

internal enum RegisterAction : byte { Read, Write, Cas }

/// <summary>One operation on one register. Times are of one monotonic clock; values are unique within a key.</summary>
/// <param name="Expected">Of a <see cref="RegisterAction.Cas"/>: what it is to replace.</param>
/// <param name="Value">Written, or read; null = the register has no value.</param>
/// <param name="Swapped">Of a compare-and-set that was answered: whether it found what it expected.</param>
internal sealed record RegisterOp(
    int Client, long Key, RegisterAction Action, long? Value, long InvokedAt, long CompletedAt, Outcome Outcome, long? Expected = null, bool Swapped = true)
{
    public override string ToString() => Action switch
    {
        RegisterAction.Read => $"client {Client} read {Shown(Value)} from {Key}",
        RegisterAction.Write => $"client {Client} wrote {Shown(Value)} to {Key}",
        _ => $"client {Client} {(Swapped ? "replaced" : "did not find")} {Shown(Expected)} by {Shown(Value)} in {Key}",
    } + $" ({Outcome}, {InvokedAt}..{(Outcome == Outcome.Unknown ? "?" : CompletedAt)})";

    private static string Shown(long? value) => value?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "nothing";
}
