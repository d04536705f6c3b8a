using System.Net;
using System.Net.Sockets;
using ActorReplication.Node.Tests.Configuration;
using Xunit;

namespace ActorReplication.Node.Tests.EndToEnd;

/// <summary>The program's command line and exit codes; no node gets as far as running.</summary>
public sealed class ProgramRules : IDisposable
{
    private readonly ConfigFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Config(int pg, int http, int akka, string more = "") => _folder.Write("node.conf", $$"""
        node { name = "n1", data = "{{_folder.Path}}/data" }
        cluster.initial-voters = ["n1@127.0.0.1:{{akka}}"]
        postgres.port = {{pg}}
        http.port = {{http}}
        {{more}}
        """);

    [Fact]
    public async Task Help_and_version_are_code_0()
    {
        var help = await Programs.NodeAsync("help");
        Assert.Equal(ExitCodes.Ok, help.ExitCode);
        Assert.Contains("actor-replication dev", help.Output);
        Assert.Equal(ExitCodes.Ok, (await Programs.NodeAsync("version")).ExitCode);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("start")]
    [InlineData("start", "--config")]
    [InlineData("start", "--config", "a.conf", "--chekc")]
    [InlineData("start", "--config", "/nonexistent/a.conf")]
    [InlineData("dev", "--nodes", "many")]
    [InlineData("dev", "--nodes", "10")]
    [InlineData("dev", "--method", "paper")]
    [InlineData("dev", "--policy", "ANY 0 (*)")]
    public async Task A_wrong_command_line_is_code_2_and_one_line(params string[] arguments)
    {
        var ran = await Programs.NodeAsync(arguments);
        Assert.Equal(ExitCodes.Usage, ran.ExitCode);
        Assert.Contains("actor-replication: ", ran.Output);
        Assert.DoesNotContain("   at ", ran.Output);
    }

    [Fact]
    public async Task Every_wrong_key_is_listed_with_its_line()
    {
        var ran = await Programs.NodeAsync("start", "--check", "--config", Config(1, 2, 3, "gate.colour = red\nlog.level = loud"));
        Assert.Equal(ExitCodes.Usage, ran.ExitCode);
        Assert.Contains("node.conf:5: gate.colour: unknown key", ran.Output);
        Assert.Contains("node.conf:6: log.level", ran.Output);
    }

    [Theory]
    [InlineData("postgres.port")]
    [InlineData("http.port")]
    [InlineData("remote.port")]
    public async Task A_port_in_use_is_code_4_and_named(string key)
    {
        using var holder = new TcpListener(IPAddress.Loopback, 0);
        holder.Start();
        var held = ((IPEndPoint)holder.LocalEndpoint).Port;
        int Port(string of) => of == key ? held : FreePorts.Take();
        var ran = await Programs.NodeAsync("start", "--config", Config(Port("postgres.port"), Port("http.port"), Port("remote.port")));
        Assert.Equal(ExitCodes.PortInUse, ran.ExitCode);
        Assert.Contains($"port {held} ", ran.Output);
        Assert.Contains(key, ran.Output);
        Assert.False(Directory.Exists(Path.Combine(_folder.Path, "data")));
    }

    [Fact]
    public async Task A_data_folder_of_another_node_is_code_3_and_left_alone()
    {
        var data = Directory.CreateDirectory(Path.Combine(_folder.Path, "data"));
        const string identity = "{\"Name\":\"n7\",\"Incarnation\":\"6d0a6f38-49a4-4ba9-9c9a-6f4c2f7f0001\",\"Cluster\":\"6d0a6f38-49a4-4ba9-9c9a-6f4c2f7f0002\"}";
        await File.WriteAllTextAsync(Path.Combine(data.FullName, "node.json"), identity);
        var ran = await Programs.NodeAsync("start", "--config", Config(FreePorts.Take(), FreePorts.Take(), FreePorts.Take()));
        Assert.Equal(ExitCodes.DataRefused, ran.ExitCode);
        Assert.Contains("n7", ran.Output);
        Assert.Equal(identity, await File.ReadAllTextAsync(Path.Combine(data.FullName, "node.json")));
    }

    [Fact]
    public async Task A_journal_without_its_owners_name_is_code_3()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "data", "journal"));
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "data", "journal", "something"), "x");
        Assert.Equal(ExitCodes.DataRefused, (await Programs.NodeAsync("start", "--config", Config(FreePorts.Take(), FreePorts.Take(), FreePorts.Take()))).ExitCode);
    }

    [Fact]
    public async Task A_damaged_journal_is_code_3_and_named()
    {
        var journal = Directory.CreateDirectory(Path.Combine(_folder.Path, "data", "journal"));
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "data", "node.json"), "{\"Name\":\"n1\",\"Incarnation\":\"6d0a6f38-49a4-4ba9-9c9a-6f4c2f7f0001\",\"Cluster\":\"6d0a6f38-49a4-4ba9-9c9a-6f4c2f7f0002\"}");
        await File.WriteAllBytesAsync(Path.Combine(journal.FullName, "00000000000000000001.segment"), Enumerable.Repeat((byte)0x5a, 8192).ToArray());
        var ran = await Programs.NodeAsync("start", "--config", Config(FreePorts.Take(), FreePorts.Take(), FreePorts.Take()));
        Assert.Equal(ExitCodes.DataRefused, ran.ExitCode);
        Assert.Contains($"journal damaged: {journal.FullName}", ran.Output);
    }
}
