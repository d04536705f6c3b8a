using Akka.Actor;
using ActorReplication.Cluster.Wire;
using ActorReplication.Core;

namespace ActorReplication.Cluster.Replica;

/// <summary>Reads to confirm, operators' requests, time, and what comes of them.</summary>
internal sealed partial class ReplicaActor
{
    private const int StatusEveryMs = 100;
    private const int ControlTimeoutMs = 10_000;

    private readonly Dictionary<RequestId, TaskCompletionSource<LogIndex?>> _reads = [];
    private readonly Dictionary<RequestId, Action<RefusalReason, string?>> _controls = [];
    private readonly Dictionary<long, (TaskCompletionSource<ControlResult> Answer, Instant Until)> _forwarded = [];
    private long _lastRequest;
    private Instant _lastStatus;

    private RequestId NextRequest() => new(++_lastRequest);

    private void OnTick()
    {
        var now = _context.Clock.Now;
        Run(Input.Tick.Instance);
        if (now - _lastStatus < StatusEveryMs) return;
        _lastStatus = now;
        PublishStatus();
        ExpireForwarded(now);
        if (_wantsSnapshot) AskForSnapshot(now);
    }

    private void OnConfirmRead(ReplicaProtocol.ConfirmRead read)
    {
        var id = NextRequest();
        _reads[id] = read.Answer;
        Run(new Input.ReadRequested(id));
    }

    private void AnswerRead(RequestId id, LogIndex? index)
    {
        if (_reads.Remove(id, out var answer)) answer.TrySetResult(index);
    }

    private void OnChangeConfig(ReplicaProtocol.ChangeConfig change)
    {
        if (Replica.Role == Role.Leader) StartChange(change.Change, (reason, message) => change.Answer.TrySetResult(new ControlResult(reason, message)));
        else Forward(1, "", LogCodec.EncodeChange(change.Change), change.Answer);
    }

    private void OnTransfer(ReplicaProtocol.Transfer transfer)
    {
        if (Replica.Role == Role.Leader) StartTransfer(transfer.To, (reason, message) => transfer.Answer.TrySetResult(new ControlResult(reason, message)));
        else Forward(2, transfer.To?.Name ?? "", [], transfer.Answer);
    }

    private void OnCampaign(ReplicaProtocol.Campaign campaign)
    {
        Run(new Input.CampaignRequested(NextRequest()));
        campaign.Answer.TrySetResult(new ControlResult(RefusalReason.None, null));
    }

    private void StartChange(Core.Membership.ConfigChange change, Action<RefusalReason, string?> answer)
    {
        var id = NextRequest();
        _controls[id] = answer;
        Run(new Input.ConfigChangeRequested(id, change));
    }

    private void StartTransfer(NodeId? to, Action<RefusalReason, string?> answer)
    {
        var id = NextRequest();
        _controls[id] = answer;
        Run(new Input.TransferRequested(id, to));
    }

    private void AnswerControl(RequestId id, RefusalReason reason)
    {
        if (_controls.Remove(id, out var answer)) answer(reason, Explain(reason));
    }

    private void OnTransferEnded(Output.TransferEnded ended)
    {
        _context.Gate.OnPaused(false);
        AnswerControl(ended.Id, ended.Reason);
    }

    /// <summary>To the leader, wherever it is.</summary>
    private void Forward(int kind, string name, byte[] body, TaskCompletionSource<ControlResult> answer)
    {
        if (Replica.Leader is not { } leader || RefOf(leader) is not { } remote)
        {
            answer.TrySetResult(new ControlResult(RefusalReason.NotLeader, "no leader is known: wait for the election, or see why there is none in the election ring"));
            return;
        }
        var id = ++_lastRequest;
        _forwarded[id] = (answer, _context.Clock.Now + ControlTimeoutMs);
        remote.Tell(new ControlRequest(id, _context.Options.Name.Name, _context.Identity.Cluster.Value.ToByteArray(), kind, name, body));
    }

    private IActorRef? RefOf(NodeId peer) => _context.Addresses.Find(peer) is { } address
        ? ((ExtendedActorSystem)Context.System).Provider.ResolveActorRef(new RootActorPath(address) / "user" / Name)
        : null;

    private void OnControl(IControlMessage message)
    {
        switch (message)
        {
            case ControlRequest request: OnControlRequest(request); break;
            case ControlReply reply when _forwarded.Remove(reply.Id, out var waiting):
                waiting.Answer.TrySetResult(new ControlResult((RefusalReason)reply.Reason, reply.Message.Length == 0 ? null : reply.Message));
                break;
            case SnapshotRequest request: OnSnapshotRequest(request); break;
            case SnapshotOffer offer: OnSnapshotOffer(offer); break;
            case SnapshotProgress or SnapshotDone: ForwardToSender(message); break;
        }
    }

    private void OnControlRequest(ControlRequest request)
    {
        var sender = Sender;
        void Answer(RefusalReason reason, string? text) => sender.Tell(new ControlReply(request.Id, (int)reason, text ?? ""));
        if (!SameCluster(request.Cluster) || Replica.Role != Role.Leader)
        {
            Answer(RefusalReason.NotLeader, "the leader has changed: try again");
            return;
        }
        if (request.Kind == 1)
        {
            try
            {
                StartChange(LogCodec.DecodeChange(request.Body), Answer);
            }
            catch (WireFormatException e)
            {
                Answer(RefusalReason.Invalid, e.Message);
            }
        }
        else StartTransfer(request.Name.Length == 0 ? null : new NodeId(request.Name), Answer);
    }

    private bool SameCluster(byte[] cluster) =>
        cluster.Length == 16 && (new Guid(cluster) == _context.Identity.Cluster.Value || _context.Identity.Cluster == ClusterId.None || new Guid(cluster) == Guid.Empty);

    private void ExpireForwarded(Instant now)
    {
        foreach (var (id, waiting) in _forwarded.Where(f => f.Value.Until < now).ToList())
        {
            _forwarded.Remove(id);
            waiting.Answer.TrySetResult(new ControlResult(RefusalReason.TimedOut, "the leader did not answer in time; look at the cluster's state before you try again"));
        }
    }

    /// <summary>This actor stops: whoever waits on it must not wait for ever.</summary>
    private void FailWaiting()
    {
        foreach (var read in _reads.Values) read.TrySetResult(null);
        foreach (var control in _controls.Values) control(RefusalReason.LeadershipLost, Explain(RefusalReason.LeadershipLost));
        foreach (var waiting in _forwarded.Values) waiting.Answer.TrySetResult(new ControlResult(RefusalReason.LeadershipLost, Explain(RefusalReason.LeadershipLost)));
        _reads.Clear();
        _controls.Clear();
        _forwarded.Clear();
    }

    private static string? Explain(RefusalReason reason) => reason switch
    {
        RefusalReason.None => null,
        RefusalReason.NotLeader => "this node does not lead any more: try again",
        RefusalReason.NotReady => "the leader was just elected and is not ready: try again",
        RefusalReason.TransferUnderWay => "a handover is under way: try again when it has ended",
        RefusalReason.ChangeUnderWay => "another change is under way: try again when it is committed",
        RefusalReason.Invalid => "the change makes no sense for the present members",
        RefusalReason.TimedOut => "it did not come to an end in time and was given up",
        RefusalReason.LeadershipLost => "leadership was lost meanwhile: look at the cluster's state before you try again",
        RefusalReason.Overloaded => "the leader's queues are full: try again",
        _ => null,
    };
}
