using System.Text.Json;
using Akka.Actor;
using ActorReplication.Cluster.Replica;
using ActorReplication.Cluster.Wire;
using ActorReplication.Core;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster.Peers;

/// <summary>Copies this node's database and streams it to one peer. Tells its parent how it ended, and stops.</summary>
internal sealed class SnapshotSender : UntypedActor
{
    private const int ChunkBytes = 128 << 10;
    private const int ChunksUnderWay = 16;
    private static readonly TimeSpan Stalled = TimeSpan.FromSeconds(20);

    /// <summary>The peer may be down, or its connection about to be made: an offer is repeated until it is taken up. It is repeated too when nothing comes back any more:
    /// the receiver says where it stands, and one that has lost everything begins anew.</summary>
    private static readonly TimeSpan OfferAgain = TimeSpan.FromMilliseconds(500);

    /// <summary>The same when pieces are on their way: more than one takes on a slow line.</summary>
    private static readonly TimeSpan Silent = TimeSpan.FromSeconds(3);

    private readonly ReplicaContext _context;
    private readonly IActorRef _replica;
    private readonly NodeId _peer;
    private readonly IActorRef _remote;
    private readonly Term _term;
    private readonly Guid _snapshot = Guid.NewGuid();
    private readonly string _path;
    private readonly CancellationTokenSource _stopped = new();
    private SnapshotManifest? _manifest;
    private FileStream? _file;
    private long _sent;
    private long _acknowledged = -1;
    private TimeSpan _again = OfferAgain;
    private TimeSpan _unanswered;
    private bool _told;

    public SnapshotSender(ReplicaContext context, IActorRef replica, NodeId peer, IActorRef remote, Term term)
    {
        _context = context;
        _replica = replica;
        _peer = peer;
        _remote = remote;
        _term = term;
        _path = Path.Combine(Path.GetDirectoryName(context.Database.Path)!, $"outgoing-{_snapshot:N}.copy");
    }

    public static Props Props(ReplicaContext context, IActorRef replica, NodeId peer, IActorRef remote, Term term) =>
        Akka.Actor.Props.Create(() => new SnapshotSender(context, replica, peer, remote, term));

    protected override void PreStart()
    {
        var cancellation = _stopped.Token;
        _context.Board.CloneGoesOn(new CloneProgress(_peer, Incoming: false, 0, 0));
        var self = Self;
        Task.Factory.StartNew(() => _context.Database.Current.CopyToSend(_path, (bytes, _) => self.Tell(new Copied(bytes)), cancellation), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default).PipeTo(Self);
    }

    protected override void PostStop()
    {
        _stopped.Cancel();
        _context.Board.CloneEnded(_peer, isIncoming: false);
        _file?.Dispose();
        File.Delete(_path);
        if (!_told) Tell(null);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Copied copied: _context.Board.CloneGoesOn(new CloneProgress(_peer, Incoming: false, copied.Bytes, 0)); break;
            case SnapshotManifest manifest: Offer(manifest); break;
            case SnapshotProgress progress when new Guid(progress.Snapshot) == _snapshot: OnProgress(progress); break;
            case SnapshotDone done when new Guid(done.Snapshot) == _snapshot:
                Tell(new LogPosition(new Term(done.Term), new LogIndex(done.Index)));
                Context.Stop(Self);
                break;
            case ReceiveTimeout when _manifest is not null && _unanswered < Stalled: SendOffer(_manifest); break;
            case Status.Failure or ReceiveTimeout: Context.Stop(Self); break;
            default: Unhandled(message); break;
        }
    }

    private sealed record Copied(long Bytes);

    private void Offer(SnapshotManifest manifest)
    {
        _manifest = manifest;
        _file = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.Read);
        Context.SetReceiveTimeout(_again);
        SendOffer(manifest);
    }

    private void SendOffer(SnapshotManifest manifest)
    {
        _unanswered += _again;
        _remote.Tell(new SnapshotOffer(_context.Options.Name.Name, _context.Identity.Cluster.Value.ToByteArray(), _snapshot.ToByteArray(), _term.Value, JsonSerializer.Serialize(manifest)), _replica);
    }

    private void OnProgress(SnapshotProgress progress)
    {
        if (progress.Error.Length > 0 || _file is null || _manifest is null)
        {
            Context.Stop(Self);
            return;
        }
        _unanswered = TimeSpan.Zero;
        _again = Silent;
        Context.SetReceiveTimeout(_again);
        // The same again, or less: what was sent after it is lost.
        if (progress.NextOffset <= _acknowledged) _file.Position = _sent = Math.Max(0, progress.NextOffset);
        _acknowledged = progress.NextOffset;
        _context.Board.CloneGoesOn(new CloneProgress(_peer, Incoming: false, _acknowledged, _manifest.FileBytes));
        while (_sent < _manifest.FileBytes && _sent - progress.NextOffset < ChunksUnderWay * ChunkBytes)
        {
            var chunk = new byte[Math.Min(ChunkBytes, _manifest.FileBytes - _sent)];
            _file.ReadExactly(chunk);
            _remote.Tell(new SnapshotChunk(_context.Options.Name, _snapshot, _sent, chunk), _replica);
            _sent += chunk.Length;
        }
    }

    private void Tell(LogPosition? installed)
    {
        _told = true;
        _replica.Tell(new ReplicaProtocol.SnapshotSendEnded(_peer, _term, installed));
    }
}
