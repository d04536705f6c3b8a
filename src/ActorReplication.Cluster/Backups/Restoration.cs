using System.Collections.Immutable;
using ActorReplication.Core;
using ActorReplication.Core.Membership;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Snapshots;

namespace ActorReplication.Cluster.Backups;

/// <param name="Backup">A backup's own folder.</param>
/// <param name="Archive">Whose entries follow on the backup; null: none do.</param>
/// <param name="Target">Where to stop.</param>
/// <param name="Node">As the restored node will be started: its name, address, data folder and database settings are used.</param>
public sealed record RestoreRequest(string Backup, string? Archive, RestoreTarget Target, ReplicaNodeOptions Node);

/// <param name="Source">The backup, verified.</param>
/// <param name="Cluster">The new cluster.</param>
/// <param name="Position">Where the restored database stands.</param>
/// <param name="Time">When the last entry was written, if it came out of the archive and has a time.</param>
public sealed record Restored(BackupManifest Source, ClusterId Cluster, LogPosition Position, DateTimeOffset? Time);

/// <summary>Makes a new cluster of one node from a backup, on an empty data folder, while no node runs on it.</summary>
/// <remarks>The new cluster always has another identity: the old one's members may still run, or come back, and have entries of the same terms and indices with
/// another content. With another identity neither side takes anything from the other.</remarks>
public sealed class Restoration
{
    private const string CopyName = "restored.sqlite";
    private readonly RestoreRequest _request;
    private readonly Action<string, long, long>? _progress;
    private readonly CancellationToken _cancellation;
    private RestoreRoute? _route;

    /// <param name="progress">Told what is being done, bytes done, and bytes in all.</param>
    public Restoration(RestoreRequest request, Action<string, long, long>? progress, CancellationToken cancellation) =>
        (_request, _progress, _cancellation) = (request, progress, cancellation);

    private string Folder => _request.Node.DataFolder;

    /// <summary>All that can be found out without changing anything: the folder may be used, the backup is whole, and the archive reaches from it to the target without a gap.</summary>
    /// <exception cref="BackupException">What stands in the way.</exception>
    public Restored Check()
    {
        RestoreFolder.Require(Folder);
        if (_request.Node.InitialVoters.All(v => v.Name != _request.Node.Name))
            throw new BackupException($"{_request.Node.Name} is not among cluster.initial-voters: the restored cluster's first member needs an address that others reach it at");
        var manifest = BackupFolder.Verify(_request.Backup, (done, total) => _progress?.Invoke("verifying the backup", done, total), _cancellation);
        _route = _request.Archive is { } archive
            ? RestoreRoute.Find(manifest, archive, _request.Target, (done, total) => _progress?.Invoke("verifying the archive", done, total), _cancellation)
            : RestoreRoute.None(manifest.Position);
        return new Restored(manifest, new ClusterId(Guid.NewGuid()), _route.End, _route.EndTime);
    }

    /// <summary>Carries out what <see cref="Check"/> found possible. Broken off at any point, it leaves a folder that no node starts on, and that the next restore
    /// empties first.</summary>
    /// <exception cref="BackupException">It could not be done; the message says why.</exception>
    public Restored Run(Restored found)
    {
        using var held = RestoreFolder.Enter(Folder);
        foreach (var step in Steps(found)) step();
        return found;
    }

    /// <summary>In order; each may be the last before a crash.</summary>
    internal IReadOnlyList<Action> Steps(Restored found)
    {
        var database = _request.Node.Database with { Path = Path.Combine(Folder, "db", "data.sqlite") };
        var copy = Path.Combine(Folder, "db", CopyName);
        SnapshotManifest? settled = null;
        return
        [
            () => UndoBrokenOff(),
            () => new RestorePlan(found.Cluster, found.Source.Cluster, found.Source.Position, found.Position, _request.Backup).Write(Folder),
            () => Directory.CreateDirectory(Path.Combine(Folder, "db")),
            () => CheckedCopy.Copy(Path.Combine(_request.Backup, BackupManifest.DatabaseName), found.Source.Copy, copy, (done, total) => _progress?.Invoke("copying", done, total), _cancellation),
            () => settled = RestoredDatabase.Settle(database with { Path = copy }, found.Source.Position, found.Source.Config, _route!.Entries(), old => ConfigOf(old, found.Cluster), _cancellation),
            // The node's first start puts it in place and tells its journal: as with a clone that was installed just before a stop.
            () => SnapshotInstall.Prepare(database.Path, copy, settled!, isVerified: true),
            () => NodeIdentity.Create(Folder, _request.Node.Name, found.Cluster),
            () => RestorePlan.Remove(Folder),
        ];
    }

    private void UndoBrokenOff()
    {
        if (RestorePlan.Find(Folder) is not null) RestoreFolder.Undo(Folder);
    }

    /// <summary>This node alone, so that it leads at once and no other node's emptied folder can outvote it. Policy and settings stay: a policy
    /// asks for no more followers than there are.</summary>
    private ClusterConfig ConfigOf(ClusterConfig old, ClusterId cluster)
    {
        var self = _request.Node.InitialVoters.First(v => v.Name == _request.Node.Name);
        // One with priority 0 leads only to hand on, and there is nobody to hand on to.
        var member = new Member(self.Name, MemberKind.Voter, Math.Max(1, _request.Node.FailoverPriority), Address: Membership.AddressBook.Format(self));
        return old with { Cluster = cluster, Members = ImmutableSortedDictionary<NodeId, Member>.Empty.Add(member.Id, member), JointWith = null };
    }
}
