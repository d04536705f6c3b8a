using System.Text.Json;
using Akka.Actor;
using ActorReplication.Cluster.Replica;
using ActorReplication.Cluster.Wire;
using ActorReplication.Core;
using ActorReplication.Storage;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster.Peers;

/// <summary>Takes a database copy from the leader, verifies it, and hands it to its parent to be put in place. Its parent stops it then; it stops by itself when nothing
/// comes any more.</summary>
internal sealed class SnapshotReceiver : UntypedActor
{
    private static readonly TimeSpan Stalled = TimeSpan.FromSeconds(20);

    /// <summary>So much is made durable while more comes in: at the end only the rest has to be waited for.</summary>
    private const long SyncEveryBytes = 64L << 20;

    private readonly ReplicaContext _context;
    private readonly SnapshotOffer _offer;
    private readonly IActorRef _sender;
    private readonly Guid _snapshot;
    private readonly string _path;
    private SnapshotManifest? _manifest;
    private FileStream? _file;
    private long _received;
    private bool _handedOver;
    private ChunkHashes? _hashes;
    private Task _written = Task.CompletedTask;

    public SnapshotReceiver(ReplicaContext context, SnapshotOffer offer, IActorRef sender)
    {
        _context = context;
        _offer = offer;
        _sender = sender;
        _snapshot = new Guid(offer.Snapshot);
        _path = Path.Combine(Path.GetDirectoryName(context.Database.Path)!, $"incoming-{_snapshot:N}.copy");
    }

    public static Props Props(ReplicaContext context, SnapshotOffer offer, IActorRef sender) =>
        Akka.Actor.Props.Create(() => new SnapshotReceiver(context, offer, sender));

    protected override void PreStart()
    {
        Context.SetReceiveTimeout(Stalled);
        _manifest = ReadManifest();
        if (_manifest is null)
        {
            GiveUp("the manifest is not readable");
            return;
        }
        _hashes = new ChunkHashes(_manifest);
        // Read: an fsync opens it once more.
        _file = new FileStream(_path, FileMode.Create, FileAccess.Write, FileShare.Read);
        Progress("");
    }

    protected override void PostStop()
    {
        _context.Board.CloneEnded(new NodeId(_offer.From), isIncoming: true);
        _file?.Dispose();
        // With the gate it is the gate's: a swap under way must find it.
        if (!_handedOver) File.Delete(_path);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case SnapshotChunk chunk when chunk.Snapshot == _snapshot: OnChunk(chunk); break;
            // Repeated because nothing has come to the sender for a while: it goes on from what is here.
            case SnapshotOffer when _manifest is not null: Progress(""); break;
            case Verified:
                _handedOver = true;
                Context.Parent.Tell(new ReplicaProtocol.SnapshotReceived(_path, _manifest!));
                break;
            case Status.Failure failure: GiveUp(failure.Cause.Message); break;
            case ReplicaProtocol.SnapshotRejected rejected:
                _handedOver = false;
                GiveUp(rejected.Why);
                break;
            case ReceiveTimeout when _file is not null: GiveUp("nothing came any more"); break;
        }
    }

    private sealed record Verified;

    private SnapshotManifest? ReadManifest()
    {
        try
        {
            var manifest = JsonSerializer.Deserialize<SnapshotManifest>(_offer.ManifestJson);
            return manifest is { ChunkBytes: > 0, FileBytes: > 0, Sha256: not null } && manifest.Sha256.Count == (manifest.FileBytes + manifest.ChunkBytes - 1) / manifest.ChunkBytes ? manifest : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void OnChunk(SnapshotChunk chunk)
    {
        // Sent twice, or after one that was lost: the sender hears where this stands and goes on from there.
        if (_file is null || chunk.Offset != _received) return;
        if (chunk.Offset + chunk.Bytes.Length > _manifest!.FileBytes)
        {
            GiveUp($"the piece at {chunk.Offset} goes beyond the end at {_manifest.FileBytes}");
            return;
        }
        _file.Write(chunk.Bytes.Span);
        var before = _received;
        _received += chunk.Bytes.Length;
        if (_hashes!.Add(chunk.Bytes.Span) is { } damaged)
        {
            GiveUp(damaged);
            return;
        }
        if (before / SyncEveryBytes != _received / SyncEveryBytes) SyncSoon();
        Progress("");
        if (_received < _manifest.FileBytes) return;
        _file.Dispose();
        _file = null;
        // From here on nothing more comes from the sender, and both this and the gate may take long.
        Context.SetReceiveTimeout(null);
        _written.ContinueWith(
            earlier =>
            {
                earlier.GetAwaiter().GetResult();
                DurableFile.Sync(_path);
                return new Verified();
            },
            CancellationToken.None, TaskContinuationOptions.LongRunning, TaskScheduler.Default).PipeTo(Self);
    }

    private void SyncSoon()
    {
        if (!_written.IsCompletedSuccessfully) return;
        _file!.Flush();
        _written = Task.Factory.StartNew(() => DurableFile.Sync(_path), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private void Progress(string error)
    {
        if (_manifest is not null) _context.Board.CloneGoesOn(new CloneProgress(new NodeId(_offer.From), Incoming: true, _received, _manifest.FileBytes));
        Tell(error);
    }

    private void Tell(string error) => _sender.Tell(new SnapshotProgress(_context.Options.Name.Name, _offer.Snapshot, _received, error));

    private void GiveUp(string why)
    {
        Tell(why);
        Context.Parent.Tell(new ReplicaProtocol.SnapshotRejected(why));
        Context.Stop(Self);
    }
}
