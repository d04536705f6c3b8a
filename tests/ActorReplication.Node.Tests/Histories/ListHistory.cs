namespace ActorReplication.Node.Tests.Histories;

/// <summary>Finds Adya's anomalies in transactions that append to lists and read them: a list tells the order in which it was made, so most of the dependencies between transactions
/// can be read off the answers (Kingsbury and Alvaro, "Elle: Inferring Isolation Anomalies from Experimental Observations", 2020). Transactions of unknown outcome count as committed
/// when somebody saw something of them.</summary>
internal static class ListHistory
{
    public static IReadOnlyList<Anomaly> Check(IReadOnlyList<ListTransaction> transactions)
    {
        var observed = new ListObservations(transactions);
        return [.. observed.Anomalies, .. ListDependencies.Of(observed).Cycles()];
    }
}
