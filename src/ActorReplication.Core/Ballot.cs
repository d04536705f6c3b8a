namespace ActorReplication.Core;

/// <summary>Term and vote, and whether the journal has them. Nothing may be said in a term before it is durable (Ongaro §3.8, S2).</summary>
internal sealed class Ballot(Term term, NodeId? votedFor)
{
    public Term Term { get; private set; } = term;
    public NodeId? VotedFor { get; private set; } = votedFor;

    /// <summary>Changed since it was last handed to the journal.</summary>
    public bool IsUnsaved { get; private set; }

    /// <summary>The write that makes it durable.</summary>
    public PersistTicket Ticket { get; private set; }

    public void Enter(Term term)
    {
        Invariants.Require(term > Term, "a term is entered once");
        (Term, VotedFor, IsUnsaved) = (term, null, true);
    }

    public void Vote(NodeId candidate)
    {
        if (VotedFor == candidate) return;
        (VotedFor, IsUnsaved) = (candidate, true);
    }

    public void SavedAs(PersistTicket ticket) => (Ticket, IsUnsaved) = (ticket, false);
}
