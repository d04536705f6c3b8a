namespace ActorReplication.Cluster;

/// <summary>The file <c>lock</c> in a data folder, held open by the process that uses the folder.</summary>
internal static class FolderLock
{
    public const string FileName = "lock";

    /// <exception cref="NodeStartException">Another process holds it.</exception>
    public static FileStream Take(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new NodeStartException(StartFailure.DataFolder, $"{folder} is in use by another process: stop that node first, or set another node.data", e);
        }
    }
}
