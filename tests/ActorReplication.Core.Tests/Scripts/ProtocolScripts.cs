using ActorReplication.Core.Tests.Architecture;
using Xunit;

namespace ActorReplication.Core.Tests.Scripts;

/// <summary>The scenarios in this folder. With REPLICATION_SCRIPTS_REWRITE=1 in the environment the files are written anew: then read the difference.</summary>
public sealed class ProtocolScripts
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "ActorReplication.Core.Tests", "Scripts");

    public static TheoryData<string> Files() => [.. Directory.EnumerateFiles(Folder, "*.txt").Select(f => Path.GetFileName(f)!).Order()];

    [Theory, MemberData(nameof(Files))]
    public void Goes_as_written(string file)
    {
        var path = Path.Combine(Folder, file);
        var written = File.ReadAllText(path);
        var played = Script.Play(written);
        if (Environment.GetEnvironmentVariable("REPLICATION_SCRIPTS_REWRITE") == "1") File.WriteAllText(path, played);
        else Assert.Equal(written, played);
    }
}
