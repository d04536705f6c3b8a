namespace ActorReplication.Core;

/// <summary>An election period. At most one leader per term. 0 before the first election.</summary>
public readonly record struct Term(long Value) : IComparable<Term>
{
    public static readonly Term Zero = default;
    public Term Next => new(Value + 1);
    public int CompareTo(Term other) => Value.CompareTo(other.Value);
    public static bool operator <(Term a, Term b) => a.Value < b.Value;
    public static bool operator >(Term a, Term b) => a.Value > b.Value;
    public static bool operator <=(Term a, Term b) => a.Value <= b.Value;
    public static bool operator >=(Term a, Term b) => a.Value >= b.Value;
    public override string ToString() => Value.ToString();
}

/// <summary>A place in the replication log. The first entry has index 1; 0 means "before the log".</summary>
public readonly record struct LogIndex(long Value) : IComparable<LogIndex>
{
    public static readonly LogIndex Zero = default;
    public LogIndex Next => new(Value + 1);
    public LogIndex Previous => new(Value - 1);
    public static LogIndex Min(LogIndex a, LogIndex b) => a.Value <= b.Value ? a : b;
    public static LogIndex Max(LogIndex a, LogIndex b) => a.Value >= b.Value ? a : b;
    public int CompareTo(LogIndex other) => Value.CompareTo(other.Value);
    public static bool operator <(LogIndex a, LogIndex b) => a.Value < b.Value;
    public static bool operator >(LogIndex a, LogIndex b) => a.Value > b.Value;
    public static bool operator <=(LogIndex a, LogIndex b) => a.Value <= b.Value;
    public static bool operator >=(LogIndex a, LogIndex b) => a.Value >= b.Value;
    public override string ToString() => Value.ToString();
}

/// <summary>Term and index of one entry: names its content, since a term has one leader and a leader never rewrites its log.
/// Ordered by term, then index: the order in which elections compare logs.</summary>
public readonly record struct LogPosition(Term Term, LogIndex Index) : IComparable<LogPosition>
{
    public static readonly LogPosition Zero = default;
    public int CompareTo(LogPosition other)
    {
        var byTerm = Term.CompareTo(other.Term);
        return byTerm != 0 ? byTerm : Index.CompareTo(other.Index);
    }
    public static bool operator <(LogPosition a, LogPosition b) => a.CompareTo(b) < 0;
    public static bool operator >(LogPosition a, LogPosition b) => a.CompareTo(b) > 0;
    public static bool operator <=(LogPosition a, LogPosition b) => a.CompareTo(b) <= 0;
    public static bool operator >=(LogPosition a, LogPosition b) => a.CompareTo(b) >= 0;
    public override string ToString() => $"{Term.Value}/{Index.Value}";
}

/// <summary>An inclusive run of indices; empty when <c>Last &lt; First</c>.</summary>
public readonly record struct LogRange(LogIndex First, LogIndex Last)
{
    public bool IsEmpty => Last < First;
    public long Count => IsEmpty ? 0 : Last.Value - First.Value + 1;
    public override string ToString() => $"[{First.Value}..{Last.Value}]";
}

/// <summary>A replica's configured name, unique in its cluster; ordinal order. (The random incarnation that tells an emptied data
/// folder from the old one is checked by the shell, before a message becomes an input.)</summary>
public readonly record struct NodeId(string Name) : IComparable<NodeId>
{
    public int CompareTo(NodeId other) => string.CompareOrdinal(Name, other.Name);
    public override string ToString() => Name;
}

/// <summary>A cluster's identity, made by the node that first leads it. <see cref="Guid.Empty"/> until known.</summary>
public readonly record struct ClusterId(Guid Value)
{
    public static readonly ClusterId None = default;
    public override string ToString() => Value.ToString("N");
}

/// <summary>Milliseconds on the node's own monotonic clock. Never compared between nodes.</summary>
public readonly record struct Instant(long Milliseconds) : IComparable<Instant>
{
    public int CompareTo(Instant other) => Milliseconds.CompareTo(other.Milliseconds);
    public static bool operator <(Instant a, Instant b) => a.Milliseconds < b.Milliseconds;
    public static bool operator >(Instant a, Instant b) => a.Milliseconds > b.Milliseconds;
    public static bool operator <=(Instant a, Instant b) => a.Milliseconds <= b.Milliseconds;
    public static bool operator >=(Instant a, Instant b) => a.Milliseconds >= b.Milliseconds;
    public static Instant operator +(Instant a, int milliseconds) => new(a.Milliseconds + milliseconds);
    public static long operator -(Instant a, Instant b) => a.Milliseconds - b.Milliseconds;
    public override string ToString() => $"{Milliseconds}ms";
}

/// <summary>The caller's own number for a batch of proposals; comes back in the answer.</summary>
public readonly record struct ProposalId(long Value);

/// <summary>The caller's own number for a read or a control request; comes back in the answer.</summary>
public readonly record struct RequestId(long Value);

/// <summary>Numbers the writes that Core asked of the journal. Tickets come back in order, each when it and all before it are durable.</summary>
public readonly record struct PersistTicket(long Value) : IComparable<PersistTicket>
{
    public int CompareTo(PersistTicket other) => Value.CompareTo(other.Value);
}

public enum Role { Follower, PreCandidate, Candidate, Leader }
