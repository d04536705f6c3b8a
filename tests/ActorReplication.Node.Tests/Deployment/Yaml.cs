using YamlDotNet.RepresentationModel;

namespace ActorReplication.Node.Tests.Deployment;

/// <summary>YAML files of deploy/, for questions by path ("spec/template/0/name").</summary>
internal static class Yaml
{
    public static IReadOnlyList<YamlNode> Load(string file)
    {
        using var reader = new StreamReader(Path.Combine(Repository.Root, "deploy", file));
        var stream = new YamlStream();
        stream.Load(new YamlDotNet.Core.MergingParser(new YamlDotNet.Core.Parser(reader)));
        return [.. stream.Documents.Select(d => d.RootNode)];
    }

    /// <summary>Null: there is nothing.</summary>
    public static YamlNode? At(this YamlNode? node, string path)
    {
        foreach (var step in path.Split('/'))
            node = node switch
            {
                YamlMappingNode map => map.Children.TryGetValue(new YamlScalarNode(step), out var child) ? child : null,
                YamlSequenceNode list when int.TryParse(step, out var at) && at < list.Children.Count => list.Children[at],
                _ => null,
            };
        return node;
    }

    public static string? Text(this YamlNode? node, string path) => (node.At(path) as YamlScalarNode)?.Value;

    public static IEnumerable<YamlNode> List(this YamlNode? node, string path) => (node.At(path) as YamlSequenceNode)?.Children ?? [];

    public static IEnumerable<(string Key, string Value)> Pairs(this YamlNode? node, string path) =>
        (node.At(path) as YamlMappingNode)?.Children.Select(c => (((YamlScalarNode)c.Key).Value!, ((YamlScalarNode)c.Value).Value!)) ?? [];
}
