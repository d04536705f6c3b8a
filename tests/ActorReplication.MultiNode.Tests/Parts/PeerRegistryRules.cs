using ActorReplication.Cluster;
using ActorReplication.Cluster.Membership;
using ActorReplication.Core;

namespace ActorReplication.MultiNode.Tests.Parts;

public sealed class PeerRegistryRules : IDisposable
{
    private static readonly NodeId Peer = new("b");
    private static readonly Guid One = new(1, 0, 0, new byte[8]), Other = new(2, 0, 0, new byte[8]);
    private static readonly LogPosition Added = new(new Term(3), new LogIndex(40));
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("peers-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void First_incarnation_is_remembered_over_restarts_and_another_refused()
    {
        Assert.True(Open().Accept(Peer, One, LogPosition.Zero));
        Assert.True(Open().Accept(Peer, One, LogPosition.Zero));
        Assert.False(Open().Accept(Peer, Other, LogPosition.Zero));
    }

    [Fact]
    public void One_that_was_added_again_may_be_another_once()
    {
        var registry = Open();
        registry.Accept(Peer, One, LogPosition.Zero);
        Assert.True(registry.Accept(Peer, Other, Added));
        Assert.False(registry.Accept(Peer, One, Added));
        Assert.False(registry.Accept(Peer, One, LogPosition.Zero));
    }

    [Fact]
    public void File_of_incarnations_alone_is_read()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "peers.json"), $"{{\"b\":\"{One}\"}}");
        Assert.False(Open().Accept(Peer, Other, LogPosition.Zero));
        Assert.True(Open().Accept(Peer, One, LogPosition.Zero));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"b\":7}")]
    [InlineData("{\"b\":null}")]
    [InlineData("{\"b\":\"x\"}")]
    public void Damaged_file_is_refused_with_what_to_do(string content)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "peers.json"), content);
        Assert.Contains("restore it", Assert.Throws<NodeStartException>(Open).Message);
    }

    private PeerRegistry Open() => new(_folder.FullName);
}
