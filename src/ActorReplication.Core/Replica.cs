using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using ActorReplication.Core.Messages;
using ActorReplication.Core.Roles;

namespace ActorReplication.Core;

/// <summary>One replica's protocol state. Not thread-safe; no clock, no randomness, no I/O: the same options, durable state and
/// inputs give the same outputs.</summary>
public sealed class Replica
{
    private readonly ReplicaState _s;
    private readonly RoleTransitions _roles;
    private readonly ElectionTimer _timer;
    private readonly Follower _follower;
    private readonly Candidate _candidate;
    private readonly Leader _leader;
    private readonly Voter _voter;
    private readonly Handover _handover;

    /// <param name="options">Of this replica; constant for its life.</param>
    /// <param name="durable">Owned by the replica from now on.</param>
    /// <param name="applied">What the state machine holds at start; everything up to it counts as committed. Not before the start and not beyond the end of the log in
    /// <paramref name="durable"/> (see <see cref="DurableState.FoldInstalledSnapshot"/>).</param>
    /// <param name="now">The time of the start.</param>
    public Replica(ReplicaOptions options, DurableState durable, LogIndex applied, Instant now)
    {
        _s = new ReplicaState(options, durable, applied, now);
        _timer = new ElectionTimer(_s);
        _roles = new RoleTransitions(_s);
        _handover = new Handover(_s);
        _follower = new Follower(_s, _roles, _timer);
        _candidate = new Candidate(_s, _roles, _timer);
        _leader = new Leader(_s, _roles, _handover);
        _voter = new Voter(_s, _roles, _follower, _candidate, _timer);
        _roles.Connect(_follower, _candidate, _leader);
        _follower.Begin();
    }

    /// <summary>Takes one input and says what to do about it. The list is valid until the next call.
    /// <paramref name="now"/> never goes back. Throws <see cref="InvariantBroken"/> if a local invariant fails: then stop the node.</summary>
    public IReadOnlyList<Output> Step(Instant now, Input input)
    {
        Invariants.Require(now >= _s.Now, "time never goes back");
        _s.Now = now;
        _s.Outputs.Clear();
        var before = Invariants.Snapshot.Of(_s);
        if (_s.Role == Role.Leader) _leader.StillLeads();
        Take(input);
        _s.SaveBallot();
        Invariants.Check(_s, before);
        return _s.Outputs;
    }

    public NodeId Self => _s.Self;
    public Role Role => _s.Role;
    public Term Term => _s.Term;
    public NodeId? Leader => _s.Leader;

    /// <summary>Leader whose barrier is committed and applied: proposals and reads are accepted.</summary>
    public bool IsServing => _leader.IsServing;

    /// <summary>First index still in the log is <c>LogStart.Index + 1</c>.</summary>
    public LogPosition LogStart => _s.Log.Start;
    public LogPosition Last => _s.Log.Last;
    public LogIndex Durable => _s.Journal.Durable;
    public LogIndex Commit => _s.Commit;

    /// <summary>No failover can take back what is committed up to here.</summary>
    public LogIndex FirmCommit => _s.FirmCommit;
    public LogIndex Applied => _s.Applied;

    /// <summary>A leader whose commits are content with less than the policy's copies for now.</summary>
    public bool IsDegraded => _leader.Levels.IsDegraded;
    public ClusterConfig? Config => _s.Config;

    /// <summary>Term of an entry in the log or at its start; null if it is not there.</summary>
    public Term? TermAt(LogIndex index) => _s.Log.TermAt(index);

    /// <summary>The configuration in effect at an entry in the log or at its start; null where the log tells none.</summary>
    public ClusterConfig? ConfigAt(LogIndex index) => _s.Log.ConfigAt(index)?.Config;

    /// <summary>Whether another node's state at this position may take the place of ours: it would take back nothing that is committed for good,
    /// and nothing that was acknowledged to the present leader, and what its log does not have was cut from ours, durably. Ask
    /// before the database is replaced, and hold back every other input from then until <see cref="Input.SnapshotInstalled"/>: this node might become leader.</summary>
    public bool MayInstall(LogPosition position) => _s.Log.Has(position)
        || (position.Index >= LogIndex.Max(_s.FirmCommit, _follower.Matched) && (_s.Log.IsEmpty || _follower.LeaderHistory.Count > 0) && _s.Journal.IsDurable(_s.Gate));

    /// <summary>For status pages: on the leader one per other member, otherwise empty.</summary>
    public IReadOnlyList<PeerStatus> Peers() => _s.Role == Role.Leader ? PeerStatuses.Of(_s, _leader.Replication, _leader.Levels) : [];

    private void Take(Input input)
    {
        switch (input)
        {
            case Input.Tick: OnTick(); break;
            case Input.Received received: OnReceived(received.From, received.Message); break;
            case Input.Bootstrap bootstrap: OnBootstrap(bootstrap.Config); break;
            case Input.Propose propose: OnPropose(propose); break;
            case Input.Persisted persisted: OnPersisted(persisted.Ticket); break;
            case Input.Applied applied: OnApplied(applied.Index); break;
            case Input.PeerSuspected suspected: OnSuspected(suspected.Peer); break;
            case Input.PeerReachable reachable: OnReachable(reachable.Peer); break;
            case Input.ReadRequested read: OnRead(read.Id); break;
            case Input.ConfigChangeRequested change: OnConfigChange(change); break;
            case Input.TransferRequested transfer: OnTransfer(transfer); break;
            case Input.CampaignRequested: OnCampaign(); break;
            case Input.SnapshotSent sent: if (_s.Role == Role.Leader) _leader.OnSnapshotSent(sent.Peer, sent.Installed); break;
            case Input.SnapshotInstalled installed: OnSnapshotInstalled(installed.Position, installed.Config); break;
            case Input.StateLost: _s.StateIsLost = true; break;
            case Input.CompactionRequested compaction: _s.Compact(compaction.UpTo); break;
            default: throw new InvariantBroken($"unknown input {input.GetType().Name}");
        }
    }

    private void OnReceived(NodeId from, Message m)
    {
        if (from == _s.Self) return;
        if (m.Term > _s.Term && RaisesTerm(m)) _roles.EnterTerm(m.Term);
        if (m.Term < _s.Term && !IsAnswered(from, m)) return;
        switch (m)
        {
            case Message.RequestVote request: _voter.OnRequestVote(from, request); break;
            case Message.RequestVoteReply reply: _candidate.OnReply(from, reply); break;
            case Message.AppendEntries append: _follower.OnAppendEntries(from, append); NoticeLeader(); break;
            case Message.InstallSnapshot install: _follower.OnInstallSnapshot(from, install); NoticeLeader(); break;
            case Message.AppendEntriesReply reply: if (_s.Role == Role.Leader) _leader.OnReply(from, reply); break;
            case Message.TimeoutNow: _follower.OnTimeoutNow(from); break;
            default: throw new InvariantBroken($"unknown message {m.GetType().Name}");
        }
    }

    /// <summary>A pre-vote, and a promise to vote, speak of a term that nobody has entered yet.</summary>
    private static bool RaisesTerm(Message m) =>
        m is not (Message.RequestVote { PreVote: true } or Message.RequestVoteReply { PreVote: true, Granted: true });

    /// <summary>Messages of an earlier term change nothing; a former leader or a late candidate is told the term.</summary>
    /// <returns>True for a request for votes, which is refused as any other.</returns>
    private bool IsAnswered(NodeId from, Message m)
    {
        if (m is Message.RequestVote) return true;
        if (m is Message.AppendEntries or Message.InstallSnapshot)
            _s.SendWhenBallotIsDurable(from, new Message.AppendEntriesReply(_s.Term, false, 0, LogIndex.Zero, LogIndex.Zero, _s.Applied, _s.Log.Last));
        return false;
    }

    private void NoticeLeader() => _handover.OnNewLeader();

    private void OnTick()
    {
        _handover.OnTick();
        switch (_s.Role)
        {
            case Role.Follower: _follower.OnTick(); break;
            case Role.PreCandidate or Role.Candidate: _candidate.OnTick(); break;
            default: _leader.OnTick(); break;
        }
    }

    private void OnBootstrap(ClusterConfig config)
    {
        if (_s.Config is not null || _s.Log.Start.Index > LogIndex.Zero) return;
        _s.Bootstrap(config);
        _timer.WaitAfterBootstrap();
    }

    private void OnPropose(Input.Propose propose)
    {
        if (_s.Role == Role.Leader) _leader.OnPropose(propose);
        else _s.Emit(new Output.ProposalRefused(propose.Id, RefusalReason.NotLeader));
    }

    private void OnPersisted(PersistTicket ticket)
    {
        if (!_s.Journal.Complete(ticket)) return;
        _s.ReleaseHeld();
        switch (_s.Role)
        {
            case Role.Follower: _follower.OnPersisted(); break;
            case Role.Candidate: _candidate.OnPersisted(); break;
            case Role.Leader: _leader.OnPersisted(); break;
        }
    }

    private void OnApplied(LogIndex index)
    {
        if (!_s.AdvanceApplied(index)) return;
        if (_s.Role == Role.Leader) _leader.OnApplied();
        else _follower.OnApplied();
    }

    private void OnSuspected(NodeId peer)
    {
        if (_s.Role == Role.Leader) _leader.OnSuspected(peer);
        else if (_s.Role == Role.Follower) _follower.OnSuspected(peer);
    }

    private void OnReachable(NodeId peer)
    {
        if (_s.Role == Role.Leader) _leader.OnReachable(peer);
        else if (_s.Role == Role.Follower) _follower.OnReachable(peer);
    }

    private void OnRead(RequestId id)
    {
        if (_s.Role == Role.Leader) _leader.OnRead(id);
        else _s.Emit(new Output.ReadRefused(id, RefusalReason.NotLeader));
    }

    private void OnConfigChange(Input.ConfigChangeRequested change)
    {
        if (_s.Role == Role.Leader) _leader.OnConfigChange(change.Id, change.Change);
        else _s.Emit(new Output.ConfigChangeEnded(change.Id, RefusalReason.NotLeader));
    }

    private void OnTransfer(Input.TransferRequested transfer)
    {
        if (_s.Role == Role.Leader) _leader.OnTransfer(transfer.Id, transfer.To);
        else _handover.Refuse(transfer.Id, RefusalReason.NotLeader);
    }

    private void OnCampaign()
    {
        if (_s.Role != Role.Leader && _s.MayStand) _roles.BecomeCandidate(handover: false);
    }

    private void OnSnapshotInstalled(LogPosition position, ClusterConfig config)
    {
        _s.StateIsLost = false;
        Invariants.Require(_s.Role != Role.Leader || _s.Log.Has(position), "a leader's state is not replaced by what is not its log");
        if (position.Term > _s.Term) _roles.EnterTerm(position.Term);
        _s.StartFromSnapshot(position, config, _follower.LeaderHistory, _follower.Matched);
        _follower.OnSnapshotInstalled();
    }
}

public enum SyncState : byte { Async, Potential, Sync, Quorum }

/// <param name="LastHeardMs">Milliseconds since anything came from it.</param>
public sealed record PeerStatus(NodeId Id, MemberKind Kind, PeerMode Mode, LogIndex Sent, LogIndex Received, LogIndex Flushed, LogIndex Applied, long LagBytes, long LastHeardMs, SyncState Sync);

public enum PeerMode : byte { Probe, Stream, Snapshot }

/// <summary>A local invariant does not hold: a defect, or memory or disk that lied. The only safe thing is to stop.</summary>
public sealed class InvariantBroken(string message) : Exception(message);
