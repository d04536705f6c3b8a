using System.Xml.Linq;
using Xunit;

namespace ActorReplication.Core.Tests.Architecture;

/// <summary>Dependencies between the projects point one way.</summary>
public sealed class ReferenceDirections
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Core"] = [],
        ["Journal"] = [],
        ["Storage"] = [],
        ["Postgres"] = [],
        ["Cmd"] = [],
        ["Cluster"] = ["Core", "Storage"],
        ["Node"] = ["Core", "Journal", "Storage", "Postgres", "Cluster"],
    };

    public static TheoryData<string> Projects() => [.. Directory.EnumerateDirectories(Repository.Source, "ActorReplication.*").Select(d => Path.GetFileName(d)!.Replace("ActorReplication.", "")).Order()];

    [Theory, MemberData(nameof(Projects))]
    public void A_project_references_only_what_lies_below_it(string project)
    {
        Assert.True(Allowed.ContainsKey(project), $"say in this test what {project} may reference");
        Assert.Empty(ReferencesOf(project).Except(Allowed[project]));
    }

    [Fact]
    public void Cluster_reaches_its_journal_only_through_Akka_Persistence() =>
        Assert.DoesNotContain("Journal", ReferencesOf("Cluster"));

    [Fact]
    public void Core_references_no_package_at_run_time()
    {
        var packages = Document("Core").Descendants("PackageReference").Where(p => (string?)p.Attribute("PrivateAssets") != "all");
        Assert.Empty(packages);
    }

    /// <summary>src/Shared is no project: two projects compile each of its files, so they may need nothing but .NET.</summary>
    [Fact]
    public void What_projects_share_as_source_uses_none_of_them() =>
        Assert.All(
            Directory.EnumerateFiles(Path.Combine(Repository.Source, "Shared"), "*.cs"),
            file => Assert.DoesNotContain(File.ReadLines(file), line => line.StartsWith("using ActorReplication", StringComparison.Ordinal) || line.StartsWith("using Akka", StringComparison.Ordinal)));

    private static IEnumerable<string> ReferencesOf(string project) =>
        Document(project).Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(((string)r.Attribute("Include")!).Replace('\\', '/')).Replace("ActorReplication.", ""));

    private static XDocument Document(string project) =>
        XDocument.Load(Path.Combine(Repository.Source, $"ActorReplication.{project}", $"ActorReplication.{project}.csproj"));
}
