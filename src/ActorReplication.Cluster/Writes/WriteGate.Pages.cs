using ActorReplication.Core;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster.Writes;

/// <summary>Batches as pages: one log entry for the whole batch, made while SQLite commits it, and held there until its fate is known.</summary>
internal sealed partial class WriteGate
{
    /// <summary>How the batch that is open captures; the same for all of it.</summary>
    private CaptureRules _rules;

    /// <summary>The clone was asked for that gives this node the leader's bytes. Under _sync.</summary>
    private bool _askedForPages;

    /// <summary>Each is to be a batch of its own: together they did not fit into one entry. Under _sync.</summary>
    private readonly Queue<GateWrite> _alone = new();

    private void CommitPages(bool asksFollowers, Action<Flight>? early)
    {
        foreach (var write in _batch)
            if (write.EntryNumber > 0) write.EntryNumber = 0;
        Flight flight;
        try
        {
            do flight = TryCommitPages(asksFollowers, early);
            while (flight.Moved);
        }
        catch (EntryTooLargeException large)
        {
            AbandonTooLarge(large.Failure);
            return;
        }
        if (flight.Committed) CompleteFlight(flight);
        else AbandonFlight(flight);
    }

    /// <summary>Fails the one transaction that is too large. Of several, each is tried alone; one whose rows its client has seen already is to be asked for again.</summary>
    private void AbandonTooLarge(SqlFailure failure)
    {
        Writer.RollbackBatch();
        var isOne = _batch.Count(w => w.EntryNumber >= 0) == 1;
        foreach (var write in _batch)
        {
            if (isOne && write.EntryNumber >= 0)
            {
                write.Fail(failure);
                write.Complete(WriteStatus.StatementFailed, LogPosition.Zero);
            }
            else if (write.MayRunAgain)
            {
                write.Reset();
                lock (_sync) _alone.Enqueue(write);
            }
            else write.Refuse(WriteStatus.LeadershipLost);
        }
        _batch.Clear();
    }

    private GateWrite? TakeAlone()
    {
        lock (_sync) return _alone.TryDequeue(out var write) ? write : null;
    }

    /// <summary>The batch's position is among its pages, so it is proposed for the log's next position and no other.</summary>
    private Flight TryCommitPages(bool asksFollowers, Action<Flight>? early)
    {
        Term term;
        lock (_sync) term = _term;
        var at = _board.Last.Next;
        var flight = new Flight(default, term) { Refused = true };
        if (term == Term.Zero) return flight;
        var gap = Gap(at);
        // What was looked at without the lock is another leader's if this one's term ended meanwhile.
        lock (_sync)
            if (_term != term) return flight;
        StoreGap(gap ?? throw new InvariantBroken(WhyNoGap(at)));
        Writer.CommitPages(term.Value, at.Value, NeedsRows(), payload =>
        {
            flight = Propose([payload], asksFollowers, new LogPosition(term, at));
            AwaitOutcome(flight, early);
            if (flight.Committed && flight.Range != new LogRange(at, at)) throw new InvariantBroken($"pages made for {at} were committed at {flight.Range}");
            return flight.Committed;
        });
        return flight;
    }

    /// <summary>Pages alone only if everybody has the bytes that they are for, this node after a power failure too: the journal would bring entries that fit nothing, and rows would be nowhere.</summary>
    private bool NeedsRows() => !_board.AllHold(Writer.Lineage) || _database.LineageAwaitsCheckpoint;

    /// <summary>The log's next position is another one than the proposal was made for; nothing of it is in the log.</summary>
    public void OnMoved(ProposalId id)
    {
        lock (_sync)
        {
            if (_flight is not { IsOver: false } flight || flight.Id != id) return;
            flight.Moved = true;
            _bell.Ring();
        }
    }

    private void AskForPages()
    {
        IProposer? proposer;
        lock (_sync)
        {
            if (_askedForPages) return;
            _askedForPages = true;
            proposer = _proposer;
        }
        proposer?.WantsPages();
    }
}
