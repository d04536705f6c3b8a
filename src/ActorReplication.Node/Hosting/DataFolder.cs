namespace ActorReplication.Node.Hosting;

/// <summary>The node's data folder, held exclusively: a second process on it would ruin it.</summary>
internal sealed class DataFolder : IDisposable
{
    private readonly FileStream _lock;

    private DataFolder(FileStream held) => _lock = held;

    public static DataFolder Take(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
            return new DataFolder(new FileStream(Path.Combine(path, "node.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (File.Exists(Path.Combine(path, "node.lock")))
        {
            throw new ExitException(ExitCodes.DataRefused, $"data folder {path} is in use by another process: stop it first ({e.Message})");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ExitException(ExitCodes.DataRefused, $"data folder {path} cannot be used: {e.Message}");
        }
    }

    public void Dispose() => _lock.Dispose();
}
