using Akka.Actor;
using ActorReplication.Cluster.Wire;
using ActorReplication.Core;

namespace ActorReplication.Cluster.Replica;

/// <summary>Time, reads to confirm, and what other nodes ask for.</summary>
internal sealed partial class ReplicaActor
{
    private const int StatusEveryMs = 100;

    private readonly Dictionary<RequestId, TaskCompletionSource<LogIndex?>> _reads = [];
    private long _lastRequest;
    private Instant _lastStatus;

    private RequestId NextRequest() => new(++_lastRequest);

    /// <summary>On the ticker's thread. One tick at a time: an actor that was held up needs to hear only once that time has passed.</summary>
    private void Tick()
    {
        if (_isTickWaiting) return;
        _isTickWaiting = true;
        _self.Tell(ReplicaProtocol.Tick.Instance, ActorRefs.NoSender);
    }

    private void OnTick()
    {
        _isTickWaiting = false;
        var now = _context.Clock.Now;
        Run(Input.Tick.Instance);
        PlaceHeld(now);
        if (now - _lastStatus < StatusEveryMs) return;
        _lastStatus = now;
        PublishStatus();
        ExpireForwarded(now);
        Announce(now);
        IdentifyMembers();
        TakeFormat();
        RaiseFormat(now);
        WatchLogSize();
        TellPagesHeld(now);
        if (_wantsSnapshot || (_wantsPages && IsPaging)) AskForSnapshot(now);
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

    private void OnCampaign(ReplicaProtocol.Campaign campaign)
    {
        Run(new Input.CampaignRequested(NextRequest()));
        campaign.Answer.TrySetResult(new ControlResult(RefusalReason.None, null));
    }

    private IActorRef? RefOf(NodeId peer) => _context.Addresses.Find(peer) is { } address
        ? ((ExtendedActorSystem)Context.System).Provider.ResolveActorRef(new RootActorPath(address) / "user" / Name)
        : null;

    private void OnControl(IControlMessage message)
    {
        switch (message)
        {
            case ControlRequest request: OnControlRequest(request); break;
            case ControlReply reply: OnControlReply(reply); break;
            case SnapshotRequest request: OnSnapshotRequest(request); break;
            case CancelSession cancel: OnCancelSession(cancel); break;
            case PagesHeld held: OnPagesHeld(held); break;
            case SnapshotOffer offer: OnSnapshotOffer(offer); break;
            case Announcement announcement: OnAnnouncement(announcement); break;
            case AnnouncementReply reply: OnAnnouncementReply(reply); break;
            case SnapshotProgress or SnapshotDone: ForwardToSender(message); break;
        }
    }

    /// <summary>A node that knows no cluster yet takes what it is offered; nobody takes anything from one that does not know its cluster.</summary>
    private bool SameCluster(byte[] cluster) =>
        cluster.Length == 16 && new Guid(cluster) is var named && named != Guid.Empty
        && (named == _context.Identity.Cluster.Value || _context.Identity.Cluster == ClusterId.None);

    /// <summary>This actor stops: whoever waits on it must not wait for ever.</summary>
    private void FailWaiting()
    {
        foreach (var read in _reads.Values) read.TrySetResult(null);
        _reads.Clear();
        FailControls();
    }
}
