using System.Text.Json;
using Akka.Actor;
using ActorReplication.Cluster.Replica;
using ActorReplication.Cluster.Wire;
using ActorReplication.Core;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Snapshots;

namespace ActorReplication.Cluster.Peers;

/// <summary>Pins this node's database and streams it to one peer. Tells its parent how it ended, and stops.</summary>
internal sealed class SnapshotSender : UntypedActor, IWithTimers
{
    private const int ChunkBytes = 128 << 10;
    private const int ChunksUnderWay = 16;
    private const int LookEveryMs = 20;
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
    private readonly ClonePace _pace;
    private CopyToSend? _copy;

    /// <summary>The same, written by the thread that made it.</summary>
    private CopyToSend? _opened;
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
        _pace = new ClonePace(context.Board.Commit.Value, Environment.TickCount64);
        _path = Path.Combine(Path.GetDirectoryName(context.Database.Path)!, $"outgoing-{_snapshot:N}.copy");
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(ReplicaContext context, IActorRef replica, NodeId peer, IActorRef remote, Term term) =>
        Akka.Actor.Props.Create(() => new SnapshotSender(context, replica, peer, remote, term));

    protected override void PreStart()
    {
        var cancellation = _stopped.Token;
        _context.Board.CloneGoesOn(new CloneProgress(_peer, Incoming: false, 0, 0));
        var self = Self;
        Task.Factory.StartNew(
            () =>
            {
                var copy = _context.Database.Current.CopyToSend(_path, (bytes, _) => self.Tell(new Copied(bytes)), cancellation);
                Volatile.Write(ref _opened, copy);
                // The actor may be gone, and then nobody gets it.
                if (cancellation.IsCancellationRequested) copy.Dispose();
                return copy;
            },
            cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default).PipeTo(Self);
    }

    protected override void PostStop()
    {
        _stopped.Cancel();
        _context.Board.CloneEnded(_peer, isIncoming: false);
        Volatile.Read(ref _opened)?.Dispose();
        if (!_told) Tell(null);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Copied copied: _context.Board.CloneGoesOn(new CloneProgress(_peer, Incoming: false, copied.Bytes, 0)); break;
            case CopyToSend copy: Offer(copy); break;
            case Look: OnLook(); break;
            case SnapshotProgress progress when new Guid(progress.Snapshot) == _snapshot: OnProgress(progress); break;
            case SnapshotDone done when new Guid(done.Snapshot) == _snapshot:
                Tell(new LogPosition(new Term(done.Term), new LogIndex(done.Index)));
                Context.Stop(Self);
                break;
            case ReceiveTimeout when _copy is not null && _unanswered < Stalled: SendOffer(_copy.Manifest); break;
            case Status.Failure or ReceiveTimeout: Context.Stop(Self); break;
            default: Unhandled(message); break;
        }
    }

    private sealed record Copied(long Bytes);

    // Not what the peer is awaited by.
    private sealed class Look : INotInfluenceReceiveTimeout
    {
        public static readonly Look Instance = new();
    }

    private void Offer(CopyToSend copy)
    {
        _copy = copy;
        Context.SetReceiveTimeout(_again);
        Timers.StartPeriodicTimer(nameof(Look), Look.Instance, TimeSpan.FromMilliseconds(LookEveryMs));
        SendOffer(copy.Manifest);
    }

    private void SendOffer(SnapshotManifest manifest)
    {
        _unanswered += _again;
        _remote.Tell(new SnapshotOffer(_context.Options.Name.Name, _context.Identity.Cluster.Value.ToByteArray(), _snapshot.ToByteArray(), _term.Value, JsonSerializer.Serialize(manifest)), _replica);
    }

    private void OnProgress(SnapshotProgress progress)
    {
        if (progress.Error.Length > 0 || _copy is null || !IsBetweenChunks(progress.NextOffset, _copy.Manifest.FileBytes))
        {
            Context.Stop(Self);
            return;
        }
        _unanswered = TimeSpan.Zero;
        _again = Silent;
        Context.SetReceiveTimeout(_again);
        // The same again, or less: what was sent after it is lost.
        if (progress.NextOffset <= _acknowledged) _sent = progress.NextOffset;
        _acknowledged = progress.NextOffset;
        _context.Board.CloneGoesOn(new CloneProgress(_peer, Incoming: false, _acknowledged, _copy.Manifest.FileBytes));
        SendPieces(_copy);
    }

    private void OnLook()
    {
        _pace.Look(_context.Board.Commit.Value, Environment.TickCount64);
        // Before the first answer nobody is known to take any.
        if (_copy is not null && _acknowledged >= 0) SendPieces(_copy);
    }

    private void SendPieces(CopyToSend copy)
    {
        while (_sent < copy.Manifest.FileBytes && _sent - _acknowledged < ChunksUnderWay * ChunkBytes && _pace.Allows)
        {
            var chunk = new byte[Math.Min(ChunkBytes, copy.Manifest.FileBytes - _sent)];
            copy.Read(chunk, _sent);
            _remote.Tell(new SnapshotChunk(_context.Options.Name, _snapshot, _sent, chunk), _replica);
            _sent += chunk.Length;
            _pace.Sent(chunk.Length);
        }
    }

    private static bool IsBetweenChunks(long offset, long fileBytes) => offset >= 0 && (offset % ChunkBytes == 0 || offset == fileBytes);

    private void Tell(LogPosition? installed)
    {
        _told = true;
        _replica.Tell(new ReplicaProtocol.SnapshotSendEnded(_peer, _term, installed));
    }
}
