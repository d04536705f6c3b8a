using System.Text.Json;
using Akka.Actor;
using ActorReplication.Cluster.Replica;
using ActorReplication.Cluster.Wire;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Snapshots;

namespace ActorReplication.Cluster.Peers;

/// <summary>Takes a database copy from the leader, verifies it, and hands it to its parent to be put in place. Its parent stops it then; it stops by itself when nothing
/// comes any more.</summary>
internal sealed class SnapshotReceiver : UntypedActor
{
    private static readonly TimeSpan Stalled = TimeSpan.FromSeconds(20);

    private readonly ReplicaContext _context;
    private readonly SnapshotOffer _offer;
    private readonly IActorRef _sender;
    private readonly Guid _snapshot;
    private readonly string _path;
    private SnapshotManifest? _manifest;
    private FileStream? _file;
    private long _received;
    private bool _handedOver;

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
        _file = new FileStream(_path, FileMode.Create, FileAccess.Write, FileShare.None);
        Progress("");
    }

    protected override void PostStop()
    {
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
            return JsonSerializer.Deserialize<SnapshotManifest>(_offer.ManifestJson);
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
        _received += chunk.Bytes.Length;
        Progress("");
        if (_received < _manifest.FileBytes) return;
        _file.Dispose();
        _file = null;
        // From here on nothing more comes from the sender, and both this and the gate may take long.
        Context.SetReceiveTimeout(null);
        Task.Factory.StartNew(
            () =>
            {
                SnapshotInstall.Verify(_path, _manifest);
                return new Verified();
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).PipeTo(Self);
    }

    private void Progress(string error) => _sender.Tell(new SnapshotProgress(_context.Options.Name.Name, _offer.Snapshot, _received, error));

    private void GiveUp(string why)
    {
        Progress(why);
        Context.Parent.Tell(new ReplicaProtocol.SnapshotRejected(why));
        Context.Stop(Self);
    }
}
