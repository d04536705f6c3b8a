namespace ActorReplication.Core.Log;

/// <summary>What has been handed to the journal, and how much of it is known to be durable.</summary>
internal sealed class JournalProgress(LogIndex durable)
{
    private readonly Queue<(PersistTicket Ticket, LogIndex UpTo, Instant At)> _pending = [];
    private long _issued;

    /// <summary>The log as it is now is durable up to here.</summary>
    public LogIndex Durable { get; private set; } = durable;

    public PersistTicket Persisted { get; private set; }

    public bool IsDurable(PersistTicket ticket) => ticket.CompareTo(Persisted) <= 0;

    /// <summary>When the oldest write that has not been reported durable was asked for.</summary>
    public Instant? WaitingSince => _pending.TryPeek(out var oldest) ? oldest.At : null;

    /// <param name="upTo">When the write is durable, so is the log up to here.</param>
    public PersistTicket Issue(LogIndex upTo, Instant now)
    {
        var ticket = new PersistTicket(++_issued);
        _pending.Enqueue((ticket, upTo, now));
        return ticket;
    }

    /// <returns>Whether anything became durable by it.</returns>
    public bool Complete(PersistTicket ticket)
    {
        Invariants.Require(ticket.Value <= _issued, "only what was asked for is persisted");
        if (IsDurable(ticket)) return false;
        Persisted = ticket;
        while (_pending.TryPeek(out var next) && next.Ticket.CompareTo(ticket) <= 0)
        {
            _pending.Dequeue();
            if (next.UpTo > Durable) Durable = next.UpTo;
        }
        return true;
    }

    /// <summary>The log was cut: what was on its way to be durable beyond <paramref name="last"/> no longer says anything about the log.</summary>
    public void CutTo(LogIndex last)
    {
        Durable = LogIndex.Min(Durable, last);
        for (var left = _pending.Count; left > 0; left--)
        {
            var (ticket, upTo, at) = _pending.Dequeue();
            _pending.Enqueue((ticket, LogIndex.Min(upTo, last), at));
        }
    }

    /// <summary>The state up to here is durable elsewhere.</summary>
    public void Reached(LogIndex index) => Durable = LogIndex.Max(Durable, index);

    /// <summary>The log starts anew: its state is durable elsewhere.</summary>
    public void RestartAt(LogIndex start)
    {
        CutTo(start);
        Durable = start;
    }
}
