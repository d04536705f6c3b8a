using ActorReplication.Core;

namespace ActorReplication.Cluster.Writes;

/// <summary>A proposed batch on its way through the log. Changed under the gate's lock only.</summary>
internal sealed class Flight(ProposalId id, Term term)
{
    public ProposalId Id => id;

    /// <summary>The term this node served when it proposed.</summary>
    public Term Term => term;
    public bool Accepted { get; set; }
    public LogRange Range { get; set; }
    public bool Committed { get; set; }

    /// <summary>Leadership ended before it was seen to commit: it may or may not.</summary>
    public bool Lost { get; set; }

    /// <summary>Certainly not in the log.</summary>
    public bool Refused { get; set; }

    /// <summary>Certainly not in the log, where something else has the position that it was made for.</summary>
    public bool Moved { get; set; }

    public bool IsOver => Committed || Lost || Refused || Moved;
}
