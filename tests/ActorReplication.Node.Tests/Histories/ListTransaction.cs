namespace ActorReplication.Node.Tests.Histories;

/// <summary>One step of a transaction over lists.</summary>
internal abstract record ListOp(long Key)
{
    /// <param name="Element">Unique within its key.</param>
    public sealed record Append(long Key, long Element) : ListOp(Key);

    /// <param name="Elements">Null: not answered.</param>
    public sealed record Read(long Key, IReadOnlyList<long>? Elements) : ListOp(Key);
}

/// <param name="IsRealTime">False: it may have been shown an older state (a follower's own), so that nothing follows from when it ran.</param>
internal sealed record ListTransaction(int Id, int Client, Outcome Outcome, IReadOnlyList<ListOp> Ops, long InvokedAt, long CompletedAt, bool IsRealTime = true)
{
    public override string ToString() => $"T{Id}({string.Join(' ', Ops.Select(o => o is ListOp.Append a ? $"+{a.Key}:{a.Element}" : $"{o.Key}={Shown((ListOp.Read)o)}"))})";

    private static string Shown(ListOp.Read read) => read.Elements is null ? "?" : "[" + (read.Elements.Count > 4 ? "…" : "") + string.Join(' ', read.Elements.TakeLast(4)) + "]";
}
