namespace ActorReplication.Core.Durability;

/// <summary>The votes of one election or pre-vote.</summary>
internal sealed class VoteTally(DurabilityPredicate predicate)
{
    private NodeSet _granted;

    public void Grant(NodeId voter) => _granted = _granted.With(predicate.Slots.Of(voter));

    public bool IsWon => predicate.IsElected(_granted);
}
