namespace ActorReplication.Node.Tests.Histories;

/// <summary>Is there one order of the operations on a register that agrees with real time and with every answer? By Wing and Gong's search over pending operations ("Testing and
/// Verifying Concurrent Objects", 1993), with Lowe's memory of configurations seen ("Testing for linearizability", 2017), key by key.</summary>
internal static class Linearizability
{
    /// <param name="mostSteps">Of the search, for each key; a key that takes more is undecided, which is told as such.</param>
    public static RegisterVerdict Check(IEnumerable<RegisterOp> ops, int mostSteps = 3_000_000)
    {
        var anomalies = new List<Anomaly>();
        var undecided = new List<long>();
        foreach (var key in ops.GroupBy(o => o.Key))
        {
            var search = new RegisterSearch(Relevant([.. key]), mostSteps);
            if (search.Run() is not { } isLinearizable) undecided.Add(key.Key);
            else if (!isLinearizable) anomalies.Add(new Anomaly("not linearizable", $"key {key.Key}: {search.Stuck}"));
        }
        return new RegisterVerdict(anomalies, undecided);
    }

    /// <summary>Without what says nothing: failed operations, reads without an answer, and writes of unknown outcome that nobody can have met. Those may count as never done.</summary>
    private static List<RegisterOp> Relevant(List<RegisterOp> ops)
    {
        var met = new HashSet<long>();
        foreach (var op in ops)
        {
            if (op is { Action: RegisterAction.Read, Outcome: Outcome.Ok, Value: { } read }) met.Add(read);
            if (op is { Action: RegisterAction.Cas, Expected: { } expected } && op.Outcome != Outcome.Failed) met.Add(expected);
        }
        // A compare-and-set that found something else may have found anything.
        var isAnyMet = ops.Exists(o => o is { Action: RegisterAction.Cas, Outcome: Outcome.Ok, Swapped: false });
        return [.. ops.Where(o => o.Outcome == Outcome.Ok || (o.Outcome == Outcome.Unknown && o.Action != RegisterAction.Read && (isAnyMet || met.Contains(o.Value!.Value))))];
    }
}

/// <param name="Undecided">Keys whose search was given up.</param>
internal sealed record RegisterVerdict(IReadOnlyList<Anomaly> Anomalies, IReadOnlyList<long> Undecided);
