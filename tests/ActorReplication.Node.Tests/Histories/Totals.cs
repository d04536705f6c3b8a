namespace ActorReplication.Node.Tests.Histories;

/// <summary>All accounts as one reader saw them.</summary>
internal sealed record BankRead(int Client, string Where, IReadOnlyList<long> Balances);

/// <summary>Money is moved and neither made nor lost, and no account is overdrawn.</summary>
internal static class BankHistory
{
    public static IReadOnlyList<Anomaly> Check(IEnumerable<BankRead> reads, int accounts, long total)
    {
        var anomalies = new List<Anomaly>();
        foreach (var read in reads)
        {
            if (read.Balances.Count != accounts) anomalies.Add(new Anomaly("bank", $"client {read.Client} saw {read.Balances.Count} of {accounts} accounts on {read.Where}"));
            else if (read.Balances.Sum() != total) anomalies.Add(new Anomaly("bank", $"client {read.Client} saw {string.Join('+', read.Balances)} = {read.Balances.Sum()} on {read.Where}, not {total}"));
            else if (read.Balances.Any(b => b < 0)) anomalies.Add(new Anomaly("bank", $"client {read.Client} saw an overdrawn account on {read.Where}: {string.Join(' ', read.Balances)}"));
        }
        return anomalies;
    }
}

/// <summary>A row that was asked for once (or, with a commit token, again and again until it was answered).</summary>
internal sealed record InsertOp(long Id, Outcome Outcome);

internal static class InsertHistory
{
    /// <summary>What was acknowledged is there, what failed is not, nothing is there twice, and nothing that nobody asked for.</summary>
    /// <param name="held">All rows at the end.</param>
    /// <param name="mayLose">Under <c>async</c>: a failover may have taken the newest.</param>
    public static IReadOnlyList<Anomaly> Check(IReadOnlyCollection<InsertOp> ops, IReadOnlyCollection<long> held, bool mayLose = false)
    {
        var anomalies = new List<Anomaly>();
        var asked = ops.ToDictionary(o => o.Id, o => o.Outcome);
        var counts = held.GroupBy(id => id).ToDictionary(g => g.Key, g => g.Count());
        foreach (var (id, count) in counts)
        {
            if (count > 1) anomalies.Add(new Anomaly("doubled row", $"{id} is there {count} times ({(asked.TryGetValue(id, out var o) ? o.ToString() : "never asked for")})"));
            if (!asked.TryGetValue(id, out var outcome)) anomalies.Add(new Anomaly("phantom row", $"{id} is there, and nobody asked for it"));
            else if (outcome == Outcome.Failed) anomalies.Add(new Anomaly("row of a failed insert", $"{id} is there, and its client was told that it failed"));
        }
        if (!mayLose) anomalies.AddRange(ops.Where(o => o.Outcome == Outcome.Ok && !counts.ContainsKey(o.Id)).Select(o => new Anomaly("lost row", $"{o.Id} was acknowledged and is gone")));
        return anomalies;
    }
}
