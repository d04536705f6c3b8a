using Akka.Actor;
using ActorReplication.Cluster.Peers;
using ActorReplication.Cluster.Writes;
using ActorReplication.Core;
using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;

namespace ActorReplication.Cluster.Replica;

/// <summary>Carrying out what Core wants done.</summary>
internal sealed partial class ReplicaActor
{
    private bool _serving;
    private bool _statusChanged;
    private LogIndex _configAt;
    private readonly Dictionary<NodeId, Address> _linkAddresses = [];
    private long _lastLink;

    private void Run(Input input)
    {
        if (IsHeld(input)) return;
        var outputs = Replica.Step(_context.Clock.Now, input);
        for (var i = 0; i < outputs.Count; i++) CarryOut(outputs[i]);
        _context.Board.Last = Replica.Last.Index;
        _context.Board.LogStart = Replica.LogStart;
        if (Replica.IsServing != _serving) ServingChanged(Replica.IsServing);
        if (_statusChanged) PublishStatus();
    }

    private void CarryOut(Output output)
    {
        switch (output)
        {
            case Output.SendEntries send: LinkTo(send.To)?.Tell(send); break;
            case Output.Send send: LinkTo(send.To)?.Tell(send); break;
            case Output.Persist persist: Persist(persist); break;
            case Output.CommitAdvanced commit: OnCommit(commit.Commit); break;
            case Output.LevelsAdvanced levels: OnLevels(levels); break;
            case Output.ProposalAccepted accepted: _context.Gate.OnAccepted(accepted.Id, accepted.Range); break;
            case Output.ProposalRefused refused: _context.Gate.OnRefused(refused.Id); break;
            case Output.LeaseChanged lease: _context.Board.LeaseUntil = lease.Until; break;
            case Output.ReadReady ready: AnswerRead(ready.Id, ready.Index); break;
            case Output.ReadRefused refused: AnswerRead(refused.Id, null); break;
            case Output.DegradedChanged degraded: OnDegradedChanged(degraded.IsDegraded); break;
            case Output.RoleChanged role: OnRoleChanged(role); break;
            case Output.LeaderReady: _statusChanged = true; break;
            case Output.EntriesCut cut: OnEntriesCut(cut); break;
            case Output.ConfigAdopted adopted: OnConfigAdopted(adopted); break;
            case Output.ConfigChangeEnded ended: AnswerControl(ended.Id, ended.Reason); break;
            case Output.TransferStarted: _context.Gate.OnPaused(true); break;
            case Output.TransferEnded ended: OnTransferEnded(ended); break;
            case Output.ElectionNote note: _context.Elections.Add(note); break;
            case Output.PeerForgot forgot:
                ComplainOfPeer($"'{forgot.Peer}' has acknowledged what is in the log up to {forgot.Acknowledged}, and its log ends at {forgot.Has}: it was started on an older copy of its data folder, or its disk has lost what was synced. It is brought up to date; find out why");
                break;
            case Output.SendSnapshot send: StartSnapshotSender(send.To, send.Term); break;
            default: throw new InvariantBroken($"no rule for the output {output.GetType().Name}");
        }
    }

    private void Persist(Output.Persist persist)
    {
        // In the cache before the journal has it: followers get the entries while the fsync is under way.
        if (persist.Event is JournalEvent.EntriesAppended appended) _context.Cache.Append(appended.From, appended.Entries);
        if (_installing && persist.Event is JournalEvent.SnapshotTaken) _installRecording = true;
        if (_persistsHeld is { } held) held.Enqueue(persist);
        else Write(persist);
    }

    private void Write(Output.Persist persist)
    {
        PersistAsync(persist.Event, e =>
        {
            var sequenceNr = LastSequenceNr;
            Remember(e, sequenceNr);
            if (e is JournalEvent.EntriesAppended { Entries.Count: > 0 } written) _context.Cache.MarkDurable(written.Entries[^1].Index);
            Run(new Input.Persisted(persist.Ticket));
            if (e is JournalEvent.SnapshotTaken snapshot) OnSnapshotRecorded(snapshot, sequenceNr);
        });
    }

    /// <summary>Keeps track of what the journal holds where; on recovery fills the cache.</summary>
    private void Remember(JournalEvent e, long sequenceNr)
    {
        switch (e)
        {
            case JournalEvent.EntriesAppended appended:
                long bytes = 0;
                foreach (var entry in appended.Entries) bytes += entry.SizeBytes;
                _context.Map.Appended(sequenceNr, appended.From, appended.Entries.Count, bytes);
                if (_recovering is null) break;
                _context.Cache.Append(appended.From, appended.Entries);
                if (appended.Entries.Count > 0) _context.Cache.MarkDurable(appended.Entries[^1].Index);
                break;
            case JournalEvent.SnapshotTaken { DiscardsLog: true }:
                _context.Map.Clear();
                _context.Map.Passed(sequenceNr);
                _context.Cache.Clear();
                break;
            default:
                _context.Map.Passed(sequenceNr);
                break;
        }
    }

    private IActorRef? LinkTo(NodeId peer)
    {
        if (_links.TryGetValue(peer, out var link)) return link;
        if (_context.Addresses.Find(peer) is not { } address) return null;
        // Numbered: a removed peer's link may still be stopping when the peer is sent its last message, or is added again.
        link = Context.ActorOf(LinkActor.Props(_context, _log, peer, address), $"link-{Uri.EscapeDataString(peer.Name)}-{++_lastLink}");
        _links[peer] = Context.Watch(link);
        _linkAddresses[peer] = address;
        return link;
    }

    private void OnCommit(LogIndex commit)
    {
        if (_context.Board.Commit == LogIndex.Zero) _statusChanged = true;
        _context.Board.Commit = commit;
        _context.Gate.OnCommit(commit);
        if (_context.Identity.Cluster == ClusterId.None && commit >= _configAt && Replica.Config is { } config && config.Cluster != ClusterId.None && _configAt > LogIndex.Zero)
            _context.Identity.JoinCluster(config.Cluster);
    }

    private void OnRoleChanged(Output.RoleChanged change)
    {
        ReplicaLog.RoleChanged(_logger, change.Role, change.Term.Value, change.Leader?.Name ?? "unknown");
        _context.Board.LeadingTerm = change.Role == Role.Leader ? change.Term : Term.Zero;
        if (change.Role != Role.Leader) WatchLogSize();
        _statusChanged = true;
        _levels = new Output.LevelsAdvanced(LogIndex.Zero, LogIndex.Zero, LogIndex.Zero);
        if (change.Role != Role.Leader) StopSenders();
        ForgetPagesHeld();
        // At once and not after the step: a commit among its later outputs may be another leader's, and is nothing that a flight of ours waited for.
        if (change.Role != Role.Leader && _serving) ServingChanged(false);
    }

    private void ServingChanged(bool serving)
    {
        _serving = serving;
        _servingSince = _context.Clock.Now;
        _statusChanged = true;
        _context.Board.ServingTerm = _serving ? Replica.Term : Term.Zero;
        if (_serving) _context.Gate.OnServing(Replica.Term);
        else _context.Gate.OnNotServing();
    }

    private void OnConfigAdopted(Output.ConfigAdopted adopted)
    {
        _configAt = adopted.At;
        ForgetPeerProblem();
        Adopt(adopted.Config);
        PublishPagesHeld();
        _statusChanged = true;
    }

    private void Adopt(ClusterConfig config)
    {
        _context.Board.Capture = CaptureSettings.Read(config.Settings);
        _context.Board.Tokens = TokenSettings.Read(config.Settings);
        _context.Board.ApplyDelayMs = config.Members.GetValueOrDefault(_context.Options.Name)?.ApplyDelayMs ?? 0;
        foreach (var member in config.Members.Values) _context.Addresses.Learn(member.Id, member.Address);
        // A link keeps the address that it was made with.
        foreach (var (peer, link) in _links.Where(l => _context.Addresses.Find(l.Key) is { } address && !address.Equals(_linkAddresses[l.Key])).ToList())
        {
            Context.Stop(link);
            _links.Remove(peer);
        }
        foreach (var (peer, link) in _links.Where(l => !config.Members.ContainsKey(l.Key)).ToList())
        {
            Context.Stop(link);
            _links.Remove(peer);
        }
    }

    /// <summary>It is a member, and has something that the cluster has committed: not one that is still to be let in, or that came back with an empty folder, whose readers would find nothing.</summary>
    private static bool HoldsTheDatabase(Core.Replica replica) => replica.Commit > LogIndex.Zero && replica.Config?.Members.ContainsKey(replica.Self) == true;

    private void PublishStatus()
    {
        _statusChanged = false;
        var replica = Replica;
        var status = new NodeStatus(
            _context.Options.Name, _context.Identity.Incarnation, _context.Identity.Cluster, replica.Role, replica.Term, replica.Leader,
            replica.Role == Role.Leader ? replica.IsServing : replica.Leader is not null && HoldsTheDatabase(replica),
            replica.Last, replica.Durable, replica.Commit, _context.Board.Applied, replica.Config, replica.Peers(),
            _context.Board.Divergences, _context.Board.Salvaged, _context.Board.LastProblem)
        {
            Waiting = WaitingNodes(),
            IsDegraded = replica.IsDegraded,
            LogStart = replica.LogStart,
            LogBytes = _context.Map.Bytes,
            FollowersCutOff = _context.Board.FollowersCutOff,
            Clones = _context.Board.Clones,
            PagesAwaited = PagesAwaited(),
            Format = _context.Board.Format.Written,
            NewestFormat = _context.Options.NewestFormat,
        };
        var before = _context.Board.Status;
        _context.Board.Status = status;
        if (before is null || before.Role != status.Role || before.Term != status.Term || before.Leader != status.Leader || before.Serving != status.Serving)
            _context.StatusChanged(status);
    }
}
