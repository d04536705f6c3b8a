namespace ActorReplication.Node.Tests;

internal static class Repository
{
    /// <summary>The folder with the solution file.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "ActorReplication.sln"))) return folder.FullName;
        throw new InvalidOperationException("ActorReplication.sln is not above " + AppContext.BaseDirectory);
    }
}
