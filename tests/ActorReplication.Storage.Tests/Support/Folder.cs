namespace ActorReplication.Storage.Tests.Support;

/// <summary>A temporary folder that goes with the test.</summary>
internal sealed class Folder : IDisposable
{
    private readonly string path = Directory.CreateTempSubdirectory("storage-").FullName;

    internal string File(string name) => Path.Combine(path, name);

    public void Dispose() => Directory.Delete(path, recursive: true);
}
