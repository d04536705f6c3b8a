using System.Collections.Immutable;
using Akka.Actor;
using Akka.Persistence;
using ActorReplication.Cluster.Membership;
using ActorReplication.Cluster.Peers;
using ActorReplication.Cluster.Wire;
using ActorReplication.Cluster.Writes;
using ActorReplication.Core;
using ActorReplication.Core.Membership;
using ActorReplication.Core.Messages;
using ActorReplication.Storage.Engine;
using Microsoft.Extensions.Logging;

namespace ActorReplication.Cluster.Replica;

/// <summary>The shell around Core: turns what arrives into inputs, steps, and carries the outputs out in order. Decides nothing about the
/// protocol. Persistent: its journal is the node's durable log. This file holds its life and its inputs.</summary>
/// <remarks>Supervision: a broken invariant, a failed journal or a storage failure ends the node. After a refused write (disk full), or an exception that nobody
/// foresaw, this actor takes nothing more, the node starts its actor system again, and the next one reads the journal. Links and transfers that
/// fail are made anew when they are needed.</remarks>
internal sealed partial class ReplicaActor : UntypedPersistentActor
{
    public const string Name = "replica";
    private const int TickMs = 10;
    private const int FaultsPerMinute = 5;

    private readonly ReplicaContext _context;
    private readonly LogReader _log;
    private readonly ILogger _logger;
    private readonly Dictionary<NodeId, IActorRef> _links = [];
    private readonly FragmentAssembler _fragments = new();
    private DurableState? _recovering = new();
    private Core.Replica? _replica;
    private bool _halted;
    private string? _peerProblem;
    private readonly IActorRef _self;
    private Ticker? _ticker;
    private volatile bool _isTickWaiting;

    public ReplicaActor(ReplicaContext context, LogReader log)
    {
        _context = context;
        _log = log;
        _self = Self;
        _logger = context.Loggers.CreateLogger("replica");
    }

    public static Props Props(ReplicaContext context, LogReader log) =>
        Akka.Actor.Props.Create(() => new ReplicaActor(context, log)).WithDispatcher("replication.dispatcher");

    public static string PersistenceIdOf(GroupId group) => $"replica-{group.Value}";

    public override string PersistenceId => PersistenceIdOf(GroupId.Default);

    public override Recovery Recovery => new(SnapshotSelectionCriteria.None);

    private Core.Replica Replica => _replica ?? throw new InvalidOperationException("a replica takes no input before its recovery is complete");

    protected override void OnRecover(object message)
    {
        switch (message)
        {
            case JournalEvent e:
                _recovering!.Apply(e);
                Remember(e, LastSequenceNr);
                break;
            case RecoveryCompleted:
                StartReplica();
                break;
        }
    }

    protected override void OnRecoveryFailure(Exception reason, object? message)
    {
        if (reason is RecoveryTimedOutException) Broke(reason);
        else _context.Fatal(new NodeStartException(StartFailure.DataFolder, reason.Message, reason));
    }

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        // A plain I/O error is a full disk: nothing was stored. Anything else, a failed fsync above all, leaves nothing to trust.
        if (cause is IOException) StartOver(cause);
        else _context.Fatal(cause);
    }

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr) => StartOver(cause);

    /// <summary>Nothing was written and nothing acknowledged, but Core has already counted on it: start again from what the journal holds.</summary>
    private void StartOver(Exception cause)
    {
        _halted = true;
        _context.Restart(Context.System, $"the journal refused a write: {cause.Message}");
    }

    protected override bool AroundReceive(Receive receive, object message)
    {
        if (_halted) return true;
        try
        {
            return base.AroundReceive(receive, message);
        }
        catch (Exception e)
        {
            Broke(e);
            return true;
        }
    }

    /// <summary>What this actor holds may be half done. The journal is not: it starts again from that, unless the disk itself is to blame or it does not help.</summary>
    private void Broke(Exception e)
    {
        _halted = true;
        ReplicaLog.Broke(_logger, e);
        if (e is InvariantBroken or StorageFailure || _context.Board.CountFault(_context.Clock.Now) > FaultsPerMinute) _context.Fatal(e);
        else _context.Restart(Context.System, $"a fault in the replica: {e.Message}");
    }

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(e =>
    {
        ReplicaLog.ChildFailed(_logger, Sender.Path.Name, e);
        return Directive.Stop;
    });

    private void OnTerminated(IActorRef child)
    {
        foreach (var (peer, link) in _links)
            if (link.Equals(child))
            {
                _links.Remove(peer);
                return;
            }
        if (!child.Equals(_receiver)) return;
        // The gate still has the copy: it says how that ends.
        if (_inputsHeld is not null) _receiver = null;
        else OnSnapshotRejected("the transfer ended");
    }

    protected override void PreStart()
    {
        _context.Cache.Clear();
        _context.Map.Clear();
        _context.Board.LogStart = null;
        base.PreStart();
    }

    protected override void PostStop()
    {
        _ticker?.Dispose();
        _context.Board.LeadingTerm = _context.Board.ServingTerm = Term.Zero;
        _context.Gate.OnNotServing();
        FailWaiting();
        base.PostStop();
    }

    private void StartReplica()
    {
        var durable = _recovering!;
        _recovering = null;
        var database = _context.Database.Current.Applied;
        var applied = new LogPosition(new Term(database.Term), new LogIndex(database.Index));
        var pending = Storage.Snapshots.SnapshotInstall.Pending(_context.Database.Path);
        if (pending is null && WhatIsLost(durable, applied) is { } lost)
        {
            _halted = true;
            _context.Fatal(new NodeStartException(StartFailure.DataFolder, lost));
            return;
        }
        _replica = new Core.Replica(Options(), durable, pending is null ? Reconcile(durable, applied) : durable.LogStart.Index, _context.Clock.Now);
        _context.Cache.MarkDurable(_replica.Last.Index);
        _context.Gate.Attach(new Proposer(Self));
        _ticker = new Ticker(TickMs, Tick);
        if (_replica.Config is { } config) Adopt(config);
        _context.Board.Last = _replica.Last.Index;
        _context.Board.LogStart = _replica.LogStart;
        PublishStatus();
        if (_wantsSnapshot) Run(Input.StateLost.Instance);
        if (pending is not null) InstallPending(applied, database);
        else if (_context.Options.InitialVoters.Any(v => v.Name == _context.Options.Name)) Run(new Input.Bootstrap(InitialConfig()));
        _context.Gate.OnCommit(_replica.Commit);
    }

    /// <summary>The journal's fsync comes before the database's commit. So a database that is ahead of it tells that a part of the journal is gone, and with it what this node has acknowledged and promised: it must not
    /// vote. (A tail that was cut lies behind the log's end too, for as long as the database waits for a clone; but whoever had it cut leads a later term, which is durable before the cut is.)</summary>
    private string? WhatIsLost(DurableState durable, LogPosition applied)
    {
        if (applied.Index <= durable.Last.Index || applied.Term < durable.Term) return null;
        return $"{_context.Options.DataFolder}: the journal ends at {durable.Last} though the database holds what came up to {applied}: a part of the journal is missing, or it is an older copy. "
            + "Put the journal back that belongs to this database, or give the node an empty data folder and take it in again from the others (actorctl member reinit)";
    }

    /// <summary>What Core may take as applied. A database whose position is not in the log waits for a clone.</summary>
    private LogIndex Reconcile(DurableState durable, LogPosition applied)
    {
        if (applied.Index > durable.Last.Index || (applied.Index > durable.LogStart.Index && durable.TermAt(applied.Index) != applied.Term) || applied.Index < durable.LogStart.Index)
        {
            var why = $"the database stands at {applied}, the log goes from {durable.LogStart} to {durable.Last}";
            ReplicaLog.DatabaseOffLog(_logger, why);
            _context.Board.LastProblem = why;
            _context.Gate.AwaitSnapshot(why);
            _wantsSnapshot = true;
            return durable.LogStart.Index;
        }
        return applied.Index;
    }

    /// <summary>A clone was put in place and the node stopped before its journal knew.</summary>
    private void InstallPending(LogPosition applied, AppliedState database) =>
        RecordInstall(applied, LogCodec.DecodeConfig(database.Config));

    private ReplicaOptions Options() => new(_context.Options.Name, BitConverter.ToUInt64(_context.Identity.Incarnation.ToByteArray()) ^ (ulong)_context.Clock.Now.Milliseconds, TickMs)
    {
        HeartbeatMs = _context.Options.HeartbeatMs,
        ElectionTimeoutMs = _context.Options.ElectionTimeoutMs,
        LeaseMs = _context.Options.LeaseMs,
        NoticeMs = TickMs,
        Defects = _context.Options.Defects,
    };

    private ClusterConfig InitialConfig()
    {
        var members = _context.Options.InitialVoters.ToImmutableSortedDictionary(
            v => v.Name,
            v => new Member(v.Name, MemberKind.Voter, v.Name == _context.Options.Name ? _context.Options.FailoverPriority : 100, Address: Membership.AddressBook.Format(v)));
        var settings = _context.Options.InitialMethod == CaptureSettings.DefaultMethod ? ClusterConfig.NoSettings : ClusterConfig.NoSettings.Add(CaptureSettings.Method, _context.Options.InitialMethod);
        return new ClusterConfig(new ClusterId(Guid.NewGuid()), members, _context.Options.InitialPolicy) { Settings = settings };
    }

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case PeerEnvelope envelope: Receive(envelope); break;
            case PeerFragment fragment: Receive(fragment); break;
            case ReplicaProtocol.Propose propose: OnPropose(propose); break;
            case ReplicaProtocol.Applied applied: OnApplied(applied.Index); break;
            case ReplicaProtocol.Undone: OnUndone(); break;
            case ReplicaProtocol.Tick: OnTick(); break;
            case ReplicaProtocol.ConfirmRead read: OnConfirmRead(read); break;
            case ReplicaProtocol.Receipt receipt: OnReceipt(receipt); break;
            case ReplicaProtocol.CancelElsewhere cancel: OnCancelElsewhere(cancel); break;
            case ReplicaProtocol.PeerHint hint: Run(hint.Suspected ? new Input.PeerSuspected(hint.Peer) : new Input.PeerReachable(hint.Peer)); break;
            case ReplicaProtocol.Checkpointed checkpointed: OnCheckpointed(checkpointed.State); break;
            case ReplicaProtocol.NeedsSnapshot needs: OnNeedsSnapshot(needs.Why); break;
            case ReplicaProtocol.WantsPages: _wantsPages = true; break;
            case ReplicaProtocol.SnapshotReceived received: OnSnapshotReceived(received); break;
            case ReplicaProtocol.SnapshotInPlace inPlace: OnSnapshotInPlace(inPlace); break;
            case ReplicaProtocol.SnapshotRejected rejected: OnSnapshotRejected(rejected.Why); break;
            case ReplicaProtocol.SnapshotSendEnded ended: OnSnapshotSendEnded(ended); break;
            case ReplicaProtocol.ChangeConfig change: OnChangeConfig(change); break;
            case ReplicaProtocol.ChangeSetting change: OnChangeSetting(change); break;
            case ReplicaProtocol.Transfer transfer: OnTransfer(transfer); break;
            case ReplicaProtocol.Reinit reinit: OnReinit(reinit); break;
            case ReplicaProtocol.Campaign campaign: OnCampaign(campaign); break;
            case IControlMessage control: OnControl(control); break;
            case SnapshotChunk chunk: ForwardToReceiver(chunk); break;
            case Terminated terminated: OnTerminated(terminated.ActorRef); break;
            case DeleteMessagesSuccess: break;
            case DeleteMessagesFailure failure: ReplicaLog.DeleteFailed(_logger, failure.Cause); break;
            default: Unhandled(message); break;
        }
    }

    private void Receive(PeerFragment fragment)
    {
        if (!Knows(fragment.From, fragment.Incarnation)) return;
        try
        {
            if (_fragments.Add(fragment) is { } envelope) Receive(envelope);
        }
        catch (WireFormatException e)
        {
            // As of a message that comes in one piece, which Akka drops: a node of another version must not end this one.
            ComplainOfPeer($"'{fragment.From}' sends what this node cannot read, and it is dropped: {e.Message}");
            return;
        }
        Sender.Tell(new PeerFragmentAck(_context.Options.Name, fragment.Stream, fragment.Piece));
    }

    private void Receive(PeerEnvelope envelope)
    {
        if (envelope.To != _context.Options.Name || envelope.Group != GroupId.Default) return;
        if (envelope.Cluster != ClusterId.None && _context.Identity.Cluster != ClusterId.None && envelope.Cluster != _context.Identity.Cluster)
        {
            Complain($"'{envelope.From}' speaks for cluster {envelope.Cluster}, this node belongs to {_context.Identity.Cluster}: its messages are dropped");
            return;
        }
        if (IsOutsider(envelope) || !Knows(envelope.From, envelope.Incarnation)) return;
        if (envelope.Message is Message.AppendEntriesReply { Accepted: true } reply) Telemetry.AckTimes.Note(envelope.From, reply.Term, reply.Flushed);
        Run(new Input.Received(envelope.From, envelope.Message));
    }

    /// <summary>Somebody who is not in this node's configuration is heard only as a leader, and only while no member leads: the configuration that
    /// made it a member may be among the entries that it brings. Then it is answered at the address it writes from.</summary>
    private bool IsOutsider(PeerEnvelope envelope)
    {
        if (Replica.Config?.Members.ContainsKey(envelope.From) == true) return false;
        // A node that is being added has no configuration yet.
        if (Replica.Config is not null && IsRefused(envelope)) return true;
        if (_context.Addresses.Find(envelope.From) is null && Sender.Path.Address is { Host: { } host, Port: { } port }) _context.Addresses.Learn(envelope.From, $"{host}:{port}");
        return false;
    }

    private bool IsRefused(PeerEnvelope envelope)
    {
        if (envelope.Message is not (Message.AppendEntries or Message.InstallSnapshot) || (Replica.Leader is { } leader && leader != envelope.From))
        {
            ComplainOfPeer($"'{envelope.From}' is not a member of the cluster: its messages are dropped");
            return true;
        }
        return false;
    }

    private bool Knows(NodeId peer, Guid incarnation)
    {
        if (IsWhoItWas(peer, incarnation)) return true;
        ComplainOfPeer(ChangeRefusals.OtherFolder(peer));
        return false;
    }

    private bool IsWhoItWas(NodeId peer, Guid incarnation)
    {
        var member = Replica.Config?.Members.GetValueOrDefault(peer);
        return member is { Incarnation: var known } && known != Guid.Empty
            ? known == incarnation
            : _context.Registry.Accept(peer, incarnation, member?.AddedAt ?? LogPosition.Zero);
    }

    /// <summary>Forgotten when the members change: said again if it is still so.</summary>
    private void ComplainOfPeer(string problem)
    {
        _peerProblem = problem;
        Complain(problem);
    }

    private void ForgetPeerProblem()
    {
        if (_peerProblem is { } problem && _context.Board.LastProblem == problem) _context.Board.LastProblem = null;
        _peerProblem = null;
    }

    /// <summary>Says once what would otherwise be said for each message.</summary>
    private void Complain(string problem)
    {
        if (_context.Board.LastProblem == problem) return;
        _context.Board.LastProblem = problem;
        ReplicaLog.Problem(_logger, problem);
    }

    private sealed class Proposer(IActorRef replica) : IProposer
    {
        public void Propose(ProposalId id, IReadOnlyList<ReadOnlyMemory<byte>> payloads, bool ackReceived, LogIndex? at) =>
            replica.Tell(new ReplicaProtocol.Propose(id, payloads, ackReceived, at), ActorRefs.NoSender);
        public void Applied(LogIndex index) => replica.Tell(new ReplicaProtocol.Applied(index), ActorRefs.NoSender);
        public void Undone() => replica.Tell(ReplicaProtocol.Undone.Instance, ActorRefs.NoSender);
        public void NeedsSnapshot(string why) => replica.Tell(new ReplicaProtocol.NeedsSnapshot(why), ActorRefs.NoSender);
        public void WantsPages() => replica.Tell(ReplicaProtocol.WantsPages.Instance, ActorRefs.NoSender);
        public void SnapshotInstalled(LogPosition position, ClusterConfig config) => replica.Tell(new ReplicaProtocol.SnapshotInPlace(position, config), ActorRefs.NoSender);
        public void SnapshotRefused(string why) => replica.Tell(new ReplicaProtocol.SnapshotRejected(why), ActorRefs.NoSender);
    }
}

internal static partial class ReplicaLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "{Problem}")]
    public static partial void Problem(ILogger logger, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database does not match the log and will be cloned from the leader: {Why}")]
    public static partial void DatabaseOffLog(ILogger logger, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "The replica failed and takes nothing more")]
    public static partial void Broke(ILogger logger, Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Child} failed and is stopped; another is made when it is needed")]
    public static partial void ChildFailed(ILogger logger, string child, Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The journal could not delete what is compacted")]
    public static partial void DeleteFailed(ILogger logger, Exception cause);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Role} in term {Term}, leader {Leader}")]
    public static partial void RoleChanged(ILogger logger, Role role, long term, string leader);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Log entries {From} to {To} are not in the new leader's log and are cut; {Saved} client transactions saved to salvage")]
    public static partial void Cut(ILogger logger, long from, long to, int saved);

    [LoggerMessage(Level = LogLevel.Information, Message = "A copy that stands at {Position} takes the database's place")]
    public static partial void Installing(ILogger logger, string position);

    [LoggerMessage(Level = LogLevel.Information, Message = "Cloned from the leader; the database stands at {Position}")]
    public static partial void Cloned(ILogger logger, string position);
}
