using System.Text.RegularExpressions;
using ActorReplication.Node.Configuration;
using ActorReplication.Node.Dev;
using Xunit;

namespace ActorReplication.Node.Tests.Configuration;

public sealed class ShippedFiles
{
    private static readonly string Hocon = Path.Combine(Repository.Root, "hocon");

    [Theory]
    [InlineData("node.conf")]
    [InlineData("dev/n1.conf")]
    [InlineData("dev/n2.conf")]
    [InlineData("dev/n3.conf")]
    public void A_shipped_configuration_is_in_order(string file) =>
        Assert.Empty(ConfigLoader.Load(Path.Combine(Hocon, file), new Dictionary<string, string>()).Errors);

    [Fact]
    public void Node_conf_shows_every_key_with_its_default()
    {
        var text = File.ReadAllText(Path.Combine(Hocon, "node.conf"));
        var scan = HoconScan.Of(text, "node.conf");
        KeyPlace[] places = [.. scan.Keys, .. scan.Includes.SelectMany(i => HoconScan.Of(File.ReadAllText(Path.Combine(Hocon, i.Name)), i.Name, i.Under).Keys)];
        foreach (var key in ConfigSchema.Keys.Where(k => !k.Path.StartsWith("remote.", StringComparison.Ordinal)))
        {
            var place = Assert.Single(places, p => p.Path == key.Path);
            if (key.Default is null) continue;
            var line = File.ReadLines(Path.Combine(Hocon, place.Origin)).ElementAt(place.Line - 1);
            Assert.Equal(key.Default, Regex.Match(line, "=\\s*\"?([^\"]*)\"?").Groups[1].Value.Trim());
        }
    }

    [Fact]
    public void Dev_writes_what_the_loader_takes()
    {
        using var folder = new ConfigFolder();
        var options = DevOptions.Parse(["--data", "/tmp/a \"b\" folder", "--policy", "FIRST 1 (n2, n3)", "--pg-port", "7000"]);
        var result = ConfigLoader.Load(folder.Write("n2.conf", DevConfigFile.TextOf(options, 1)), new Dictionary<string, string>());
        Assert.Empty(result.Errors);
        Assert.Equal(("n2", 7001, 2552, 3), (result.Settings!.Name.Name, result.Settings.Postgres.Port, result.Settings.RemotePort, result.Settings.HttpPeers.Count));
    }
}
