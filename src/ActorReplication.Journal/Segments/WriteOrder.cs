namespace ActorReplication.Journal.Segments;

/// <summary>Sees to it that sequence numbers of one persistence ID only rise, within a run of writes too. Gaps are allowed: a rejected event leaves one.</summary>
internal sealed class WriteOrder
{
    private readonly IdentitySet _identities;
    private readonly List<Identity> _touched = [];

    public WriteOrder(IdentitySet identities)
    {
        _identities = identities;
        foreach (var identity in identities.All)
            identity.Pending = identity.Highest;
    }

    /// <summary>Null when the write may join the run; otherwise why not.</summary>
    public Exception? Check(PreparedWrite write)
    {
        var before = new List<(Identity Identity, long Pending)>();
        foreach (var draft in write.Drafts)
        {
            var identity = _identities.GetOrAdd(draft.PersistenceId);
            before.Add((identity, identity.Pending));
            if (draft.SequenceNr > identity.Pending)
            {
                identity.Pending = draft.SequenceNr;
                _touched.Add(identity);
                continue;
            }

            var refusal = new SequenceTakenException(draft.PersistenceId, draft.SequenceNr, identity.Pending);
            for (var i = before.Count - 1; i >= 0; i--)
                before[i].Identity.Pending = before[i].Pending;
            return refusal;
        }

        return null;
    }

    /// <summary>Ends the run.</summary>
    public void Complete(bool stored)
    {
        foreach (var identity in _touched)
        {
            if (!stored)
                identity.Pending = identity.Highest;
        }

        _touched.Clear();
    }
}
