using System.Text.RegularExpressions;
using Xunit;

namespace ActorReplication.Core.Tests.Architecture;

/// <summary>PROMISES.md names tests; they exist.</summary>
public sealed partial class PromisesAreTested
{
    [Fact]
    public void Every_test_that_the_promises_name_exists()
    {
        var tests = string.Join('\n', Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal)).Select(File.ReadAllText));
        var named = Named().Matches(File.ReadAllText(Path.Combine(Repository.Source, "ActorReplication.Core", "PROMISES.md"))).Select(m => m.Groups["method"].Value).ToArray();
        Assert.True(named.Length > 20);
        Assert.All(named, method => Assert.Matches($@"(void|Task) {method}\(", tests));
    }

    [GeneratedRegex(@"`[A-Za-z]*\.(?<method>[A-Z][a-z]+(_[A-Za-z0-9]+){2,})`")]
    private static partial Regex Named();
}
