using System.Text.Json;
using Akka.Actor;
using ActorReplication.Cluster.Replica;
using ActorReplication.Cluster.Wire;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster.Peers;

/// <summary>Takes a database copy from the leader, hands it to the gate to be put in place, and tells the sender when it is. Stops at the
/// end, or when nothing comes any more.</summary>
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
        File.Delete(_path);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case SnapshotChunk chunk when chunk.Snapshot == _snapshot: OnChunk(chunk); break;
            // Repeated because our answer did not arrive.
            case SnapshotOffer when _file is not null && _received == 0: Progress(""); break;
            case ReplicaProtocol.SnapshotInPlace done:
                _sender.Tell(new SnapshotDone(_context.Options.Name.Name, _offer.Snapshot, done.Position.Term.Value, done.Position.Index.Value));
                Context.Stop(Self);
                break;
            case ReplicaProtocol.SnapshotRejected rejected: GiveUp(rejected.Why); break;
            case ReceiveTimeout when _file is not null: GiveUp("nothing came any more"); break;
        }
    }

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
        if (_file is null || _manifest is null) return;
        if (chunk.Offset != _received || chunk.Offset + chunk.Bytes.Length > _manifest.FileBytes)
        {
            GiveUp($"the piece at {chunk.Offset} came where {_received} was expected");
            return;
        }
        _file.Write(chunk.Bytes.Span);
        _received += chunk.Bytes.Length;
        if (_received < _manifest.FileBytes)
        {
            Progress("");
            return;
        }
        _file.Flush();
        DurableFile.Sync(_file.SafeFileHandle, _path);
        _file.Dispose();
        _file = null;
        // The gate may be busy for long; nothing more comes from the sender meanwhile.
        Context.SetReceiveTimeout(null);
        Context.Parent.Tell(new ReplicaProtocol.SnapshotReceived(_path, _manifest));
    }

    private void Progress(string error) => _sender.Tell(new SnapshotProgress(_context.Options.Name.Name, _offer.Snapshot, _received, error));

    private void GiveUp(string why)
    {
        Progress(why);
        Context.Parent.Tell(new ReplicaProtocol.SnapshotRejected(why));
        Context.Stop(Self);
    }
}
