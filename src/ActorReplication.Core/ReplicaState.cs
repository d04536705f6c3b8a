using ActorReplication.Core.Durability;
using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using ActorReplication.Core.Messages;

namespace ActorReplication.Core;

/// <summary>What every role works on: the log, the ballot, the indices, and the outputs of the step under way.</summary>
internal sealed class ReplicaState
{
    /// <summary>Messages that wait for the ballot; beyond this they are dropped, as a network would.</summary>
    private const int HeldMost = 256;

    private readonly List<(PersistTicket Ticket, NodeId To, Message Message, Instant Since)> _held = [];
    private (Role, Term, NodeId?) _announced;
    private ClusterConfig? _provisional;
    private ClusterConfig? _previous;

    public ReplicaState(ReplicaOptions options, DurableState durable, LogIndex applied, Instant now)
    {
        Options = options;
        Log = durable.Log;
        Ballot = new Ballot(durable.Term, durable.VotedFor);
        Journal = new JournalProgress(Log.LastIndex);
        Draws = new Draws(options.Seed);
        Now = now;
        Invariants.Require(durable.KnowsStart, "the journal says where its log begins");
        Invariants.Require(applied <= Log.LastIndex, "the state machine is not ahead of the journal");
        Invariants.Require(applied >= Log.Start.Index, "the state machine holds what the log no longer does");
        Invariants.Require(Log.Last.Term <= Ballot.Term, "no entry is of a term not entered");
        Commit = Applied = CommitCeiling = applied;
        _announced = (Role.Follower, Ballot.Term, null);
        // Whatever was promised to a leader before the restart may still stand.
        PromisedUntil = Ballot.Term > Term.Zero ? now + options.LeaseMs : now;
        RefreshConfig();
        RaiseFirmCommit();
    }

    public ReplicaOptions Options { get; }
    public LogShape Log { get; }
    public Ballot Ballot { get; }
    public JournalProgress Journal { get; }
    public Draws Draws { get; }
    public List<Output> Outputs { get; } = [];
    public Instant Now { get; set; }

    public NodeId Self => Options.Self;
    public Term Term => Ballot.Term;
    public Role Role { get; set; } = Role.Follower;
    public NodeId? Leader
    {
        get;
        set
        {
            field = value;
            LastLeader = value ?? LastLeader;
        }
    }

    /// <summary>Whom this node has followed last, or was; null: nobody since its start.</summary>
    public NodeId? LastLeader { get; private set; }

    /// <summary>Failover is paused, and somebody else led last: only an operator's order makes this node stand.</summary>
    public bool WaitsForOrder => Config is { FailoverIsPaused: true } && LastLeader is { } last && last != Self;

    public LogIndex Commit { get; private set; }
    public LogIndex Applied { get; private set; }

    /// <summary>No failover can take back what is committed up to here: it was committed under a policy with followers, or so many voters hold
    /// it by now that no election can be won without one of them.</summary>
    public LogIndex FirmCommit { get; private set; }

    /// <summary>The highest commit index there ever was: reports of applying up to here may arrive late.</summary>
    public LogIndex CommitCeiling { get; private set; }

    /// <summary>Until then this node has promised a leader not to help another one serve.</summary>
    public Instant PromisedUntil { get; private set; }

    /// <summary>The configuration in effect: the log's latest, or the bootstrap one as long as the log has none.</summary>
    public ClusterConfig? Config => Log.Config?.Config ?? _provisional;

    public bool ConfigIsCommitted => Log.Config is { } config && config.At <= Commit;

    /// <summary>What commits and elects under <see cref="Config"/>; null without one.</summary>
    public DurabilityPredicate? Rule { get; private set; }

    public bool Has(Defects defect) => (Options.Defects & defect) != 0;

    public MemberKind? OwnKind => Config is { } config && config.Members.TryGetValue(Self, out var member) ? member.Kind : null;

    /// <summary>What this node is to elections: its place in the latest configuration, or, until that is known to be committed, in the one before. A
    /// leader that is being removed or demoted may be the only one whose log is long enough to finish it (Ongaro §4.2.2).</summary>
    public Member? OwnCandidacy => MemberIn(Config) is { Kind: MemberKind.Voter } voter ? voter : MemberIn(_previous) ?? MemberIn(Config);

    /// <summary>The journal has not answered for so long that whoever needs it should not lead: a disk that hangs reports no error.</summary>
    public bool JournalHangs => Journal.WaitingSince is { } since && Now - since > 5L * Options.ElectionTimeoutMs;

    /// <summary>Waits for another node's state: it could lead, and never serve.</summary>
    public bool StateIsLost { get; set; }

    /// <summary>A voter with data whose priority lets it lead, and whose journal answers.</summary>
    public bool MayStand => !JournalHangs && !StateIsLost && OwnCandidacy is { Kind: MemberKind.Voter, Candidacy: > 0 };

    private Member? MemberIn(ClusterConfig? config) => config?.Members.GetValueOrDefault(Self);

    public void Emit(Output output) => Outputs.Add(output);

    public void Note(NodeId peer, ElectionEvent what, VoteRefusal refusal = VoteRefusal.None) =>
        Emit(new Output.ElectionNote(Term, peer, what, refusal));

    public void AnnounceRole()
    {
        var current = (Role, Term, Leader);
        if (current == _announced) return;
        _announced = current;
        Emit(new Output.RoleChanged(Role, Term, Leader));
    }

    public void Promise()
    {
        var until = Now + Options.LeaseMs;
        if (until > PromisedUntil) PromisedUntil = until;
    }

    public void PromiseUntil(Instant until)
    {
        if (until > PromisedUntil) PromisedUntil = until;
    }

    // ---- the journal

    public PersistTicket Persist(JournalEvent e)
    {
        SaveBallot();
        return Issue(e, durableTo: Log.LastIndex);
    }

    public void SaveBallot()
    {
        // It says nothing about the log: entries appended in this step are written after it.
        if (Ballot.IsUnsaved) Ballot.SavedAs(Issue(new JournalEvent.BallotCast(Term, Ballot.VotedFor), durableTo: LogIndex.Zero));
    }

    /// <summary>Nothing may be answered before this is durable: an installed snapshot, or the cut that makes room for one.</summary>
    public PersistTicket Gate { get; private set; }

    /// <summary>Cuts the log without anything to put in place of what goes.</summary>
    public void Shorten(LogIndex from)
    {
        CutFrom(from);
        Gate = Persist(new JournalEvent.EntriesAppended(from, []));
    }

    public bool MaySpeak => !Ballot.IsUnsaved && Journal.IsDurable(Ballot.Ticket) && Journal.IsDurable(Gate);

    private PersistTicket Issue(JournalEvent e, LogIndex durableTo)
    {
        var ticket = Journal.Issue(durableTo, Now);
        Emit(new Output.Persist(ticket, e));
        return ticket;
    }

    public void Append(LogEntry entry) => Log.Append(entry.Position, entry.SizeBytes, entry.Config);

    // ---- messages

    public void Send(NodeId to, Message message) => Emit(new Output.Send(to, message));

    /// <summary>Sends once the ballot is durable: at once, or when the journal says so.</summary>
    public void SendWhenBallotIsDurable(NodeId to, Message message)
    {
        SaveBallot();
        if (MaySpeak || Has(Defects.VoteNotDurable)) Send(to, message);
        else if (_held.Count < HeldMost) _held.Add((Ballot.Ticket.CompareTo(Gate) > 0 ? Ballot.Ticket : Gate, to, message, Now));
    }

    public void ReleaseHeld()
    {
        if (_held.Count == 0) return;
        var kept = 0;
        for (var i = 0; i < _held.Count; i++)
        {
            var held = _held[i];
            if (!Journal.IsDurable(held.Ticket)) _held[kept++] = held;
            // Who asked longer ago than an election timeout waits for no answer any more; that of a node whose disk hung would only disturb.
            else if (Now - held.Since < Options.ElectionTimeoutMs && IsStillMeant(held.Message)) Send(held.To, held.Message);
        }
        _held.RemoveRange(kept, _held.Count - kept);
    }

    private bool IsStillMeant(Message message) => message switch
    {
        Message.RequestVote => message.Term == Term && Role == Role.Candidate,
        Message.RequestVoteReply { PreVote: true } => true,
        _ => message.Term == Term,
    };

    // ---- indices

    public void AdvanceCommit(LogIndex commit)
    {
        Invariants.Require(commit > Commit, "the commit index advances");
        var settled = ConfigIsCommitted;
        Commit = commit;
        CommitCeiling = LogIndex.Max(CommitCeiling, commit);
        if (settled != ConfigIsCommitted) RefreshConfig();
        RaiseFirmCommit();
        Emit(new Output.CommitAdvanced(commit));
    }

    public bool AdvanceApplied(LogIndex applied)
    {
        Invariants.Require(applied <= CommitCeiling, "only what is committed is applied");
        if (applied <= Applied || applied > Commit) return false;
        Applied = applied;
        return true;
    }

    /// <summary>The entry and everything after it leave the log; a tail committed without followers is taken back.</summary>
    public void CutFrom(LogIndex index)
    {
        Invariants.Require(index > FirmCommit, "what is committed with followers is never cut");
        Emit(new Output.EntriesCut(new LogRange(index, Log.LastIndex), LogIndex.Min(Commit, Log.LastIndex)));
        var configCut = Log.CutFrom(index);
        Journal.CutTo(index.Previous);
        Commit = LogIndex.Min(Commit, index.Previous);
        Applied = LogIndex.Min(Applied, index.Previous);
        if (configCut) AdoptConfig();
    }

    /// <summary>The state machine was replaced by another node's state.</summary>
    /// <param name="history">The sender's, if it told; otherwise empty.</param>
    /// <param name="acknowledged">Up to here the sender is known to have what is in our log.</param>
    public void StartFromSnapshot(LogPosition position, ClusterConfig config, IReadOnlyList<LogPosition> history, LogIndex acknowledged)
    {
        var continues = Log.Has(position);
        if (continues && position.Index <= Journal.Durable)
        {
            if (position.Index > Commit) AdvanceCommit(position.Index);
            else Emit(new Output.CommitAdvanced(Commit));
            Applied = position.Index;
            return;
        }
        Invariants.Require(position.Index >= FirmCommit, "a snapshot takes back nothing committed with followers");
        if (!continues) AnnounceUnknownTail(position, history, acknowledged);
        if (continues) Log.StartAt(position, config, history);
        else Log.Reset(position, config, history);
        if (continues) Journal.Reached(position.Index);
        else Journal.RestartAt(position.Index);
        Commit = Applied = position.Index;
        CommitCeiling = LogIndex.Max(CommitCeiling, Commit);
        Gate = Persist(new JournalEvent.SnapshotTaken(position, config, Term, Ballot.VotedFor, DiscardsLog: !continues) { History = [.. Log.Past] });
        AdoptConfig();
        RaiseFirmCommit();
        Emit(new Output.CommitAdvanced(Commit));
    }

    /// <summary>What diverges from the sender's history was cut before the snapshot came. What is older than all that is known of it may be in
    /// the snapshot or not: better named without need than lost in silence.</summary>
    private void AnnounceUnknownTail(LogPosition position, IReadOnlyList<LogPosition> history, LogIndex acknowledged)
    {
        // Nothing told: the node was started again after the copy was put in place, hence after the cut.
        var isKnown = history.Count == 0 || history[0].Index <= Log.LastIndex;
        var common = isKnown ? Log.LastIndex : LogIndex.Max(LogIndex.Max(FirmCommit, acknowledged), Log.Start.Index);
        // A log longer than the snapshot and without its position is another one.
        if (Log.LastIndex > position.Index) common = LogIndex.Min(common, position.Index);
        if (common < Log.LastIndex) Emit(new Output.EntriesCut(new LogRange(common.Next, Log.LastIndex), LogIndex.Min(Commit, Log.LastIndex)));
    }

    /// <summary>Only what no failover can take back: the rest is needed here to be saved should a later leader not have it, and so that every
    /// leader's log goes on from where ours begins.</summary>
    public void Compact(LogIndex upTo)
    {
        var bound = LogIndex.Min(LogIndex.Min(upTo, Applied), Journal.Durable);
        if (!Has(Defects.CompactBeyondFirm)) bound = LogIndex.Min(bound, FirmCommit);
        if (bound <= Log.Start.Index || Log.ConfigAt(bound) is not { } at) return;
        var position = Log.PositionAt(bound);
        Log.StartAt(position, at.Config, []);
        Persist(new JournalEvent.SnapshotTaken(position, at.Config, Term, Ballot.VotedFor, DiscardsLog: false) { History = [.. Log.Past] });
    }

    // ---- configuration

    public void Bootstrap(ClusterConfig config)
    {
        _provisional = config with { JointWith = null };
        AdoptConfig();
    }

    /// <summary>The latest configuration in the log changed.</summary>
    public void AdoptConfig()
    {
        RefreshConfig();
        if (Config is { } config) Emit(new Output.ConfigAdopted(config, LogIndex.Max(Log.Config?.At ?? LogIndex.Zero, LogIndex.Min(Log.Start.Index, Log.LastIndex))));
    }

    private void RefreshConfig()
    {
        _previous = null;
        if (Config is not { } config) { Rule = null; return; }
        var settled = ConfigIsCommitted;
        if (!settled) _previous = Log.PreviousConfig ?? (Log.Config is null ? null : _provisional);
        Rule = new DurabilityPredicate(config, _previous, settled, Options.Defects);
    }

    /// <summary>Known from the others to be held by enough of them, as far as it is committed here.</summary>
    public void RaiseFirmCommit(LogIndex index)
    {
        var firm = LogIndex.Min(index, Commit);
        if (firm > FirmCommit) FirmCommit = firm;
    }

    private void RaiseFirmCommit()
    {
        // Entries after a configuration whose policy waits for nobody may be taken back by a failover; a committed configuration may not.
        if (Log.ConfigAt(Commit) is not { } config) return;
        RaiseFirmCommit(config.Config.Policy.IsAsync() ? config.At : Commit);
    }
}
