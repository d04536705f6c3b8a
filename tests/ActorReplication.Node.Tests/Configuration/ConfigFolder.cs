using ActorReplication.Node.Configuration;

namespace ActorReplication.Node.Tests.Configuration;

/// <summary>A folder with configuration files, gone after the test.</summary>
internal sealed class ConfigFolder : IDisposable
{
    public const string Minimal = """
        node { name = "n1", data = "data" }
        cluster.initial-voters = ["n1@127.0.0.1:2551"]

        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ar-config-");

    public string Path => _folder.FullName;

    public string Write(string name, string text)
    {
        var path = System.IO.Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    public ConfigResult Load(string text, params (string Variable, string Value)[] environment) =>
        ConfigLoader.Load(Write("node.conf", text), environment.ToDictionary(e => ConfigLoader.EnvironmentPrefix + e.Variable, e => e.Value));

    public void Dispose() => _folder.Delete(true);
}
