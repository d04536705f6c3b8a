using ActorReplication.Cluster.Wire;
using ActorReplication.Core;
using ActorReplication.Storage;

namespace ActorReplication.Cluster.Backups;

/// <summary>The file <c>restore.plan</c>: there from before the first step of a restore until after the last. All else in the folder is the restore's own while it
/// is there, since it is written to an empty folder only: what a broken-off restore left behind is removed by the next one, and no node starts on it.</summary>
/// <param name="Cluster">The new cluster's identity.</param>
/// <param name="Source">The cluster that the backup is of.</param>
/// <param name="From">The backup's position.</param>
/// <param name="To">The position that the restored database is to stand at.</param>
internal sealed record RestorePlan(ClusterId Cluster, ClusterId Source, LogPosition From, LogPosition To, string Backup)
{
    public const string FileName = "restore.plan";

    private static readonly SealedDocument Document = new("ARRESTOR", 1, "a restore's plan");

    public byte[] Encode() => Document.Encode((ref WireWriter writer) =>
    {
        writer.Guid(Cluster.Value);
        writer.Guid(Source.Value);
        writer.Position(From);
        writer.Position(To);
        writer.Text(Backup);
    });

    public void Write(string folder) => DurableFile.Write(Path.Combine(folder, FileName), Encode());

    /// <summary>The restore under way in the folder; null: none.</summary>
    /// <exception cref="BackupException">There is a file of that name and it is no plan.</exception>
    public static RestorePlan? Find(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return File.Exists(path) ? Document.Read(path, ReadBody) : null;
    }

    /// <summary>The restore is complete.</summary>
    public static void Remove(string folder)
    {
        File.Delete(Path.Combine(folder, FileName));
        DurableFile.Sync(folder);
    }

    /// <exception cref="NodeStartException">The folder holds half a restore.</exception>
    public static void RefuseUnfinished(string folder)
    {
        if (File.Exists(Path.Combine(folder, FileName)))
            throw new NodeStartException(StartFailure.DataFolder, $"a restore into {folder} was broken off: run it again (it begins anew), or empty the folder");
    }

    private static RestorePlan ReadBody(WireReader reader)
    {
        var plan = new RestorePlan(new ClusterId(reader.Guid("cluster ID")), new ClusterId(reader.Guid("source cluster ID")), reader.Position("backup's position"), reader.Position("target position"), reader.Text("backup"));
        reader.End();
        return plan;
    }
}
