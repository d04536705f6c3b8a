using System.Security.Cryptography.X509Certificates;
using ActorReplication.Cluster.Security;
using ActorReplication.Cmd.Cert;
using Xunit;

namespace ActorReplication.Node.Tests.Configuration;

/// <summary>What actorctl signs, and what a node makes of it at its start.</summary>
public sealed class NodeCertificates : IDisposable
{
    private readonly ConfigFolder _folder = new();
    private readonly X509Certificate2 _authority;

    public NodeCertificates()
    {
        var (certificate, key) = Authority.Found("test authority", 1);
        _folder.Write("ca.crt", certificate);
        _authority = X509Certificate2.CreateFromPem(certificate, key);
    }

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_nodes_is_taken_by_nodes_and_by_the_host_it_was_made_for()
    {
        using var node = X509Certificate2.CreateFromPem(Authority.SignNode(_authority, "n1", ["n1.example.org", "10.0.0.1"], 1).Certificate);
        Assert.Null(NodeCertificate.ProblemOf(node));
        Assert.Null(Chains.ProblemOf(node, null, [_authority]));
        Assert.True(node.MatchesHostname("n1.example.org") && node.MatchesHostname("10.0.0.1") && node.MatchesHostname("n1"));
    }

    [Fact]
    public void A_users_is_of_the_same_authority_and_no_nodes()
    {
        using var user = X509Certificate2.CreateFromPem(Authority.SignUser(_authority, "n1", 1).Certificate);
        Assert.Null(Chains.ProblemOf(user, null, [_authority]));
        Assert.Contains("CN=n1 is not a node's", NodeCertificate.ProblemOf(user));
        Assert.Equal("n1", user.GetNameInfo(X509NameType.SimpleName, forIssuer: false));
    }

    [Fact]
    public void A_node_does_not_start_with_a_certificate_that_the_others_would_refuse()
    {
        Write("old", Authority.SignUser(_authority, "n1", 1));
        Write("n1", Authority.SignNode(_authority, "n1", [], 1));
        var error = Assert.Single(_folder.Load(With("old")).Errors);
        Assert.Equal(("remote.tls.certificate", 3), (error.Path, error.Line));
        Assert.Contains("actorctl cert node", error.Message);
        Assert.Empty(_folder.Load(With("n1")).Errors);
    }

    [Theory]
    [InlineData("akka.remote.dot-netty.tcp.transport-class = \"Akka.Remote.Transport.DotNetty.TcpTransport, Akka.Remote\"")]
    [InlineData("akka.remote.enabled-transports = [\"akka.remote.other\"]")]
    public void Certificates_are_not_left_unused_by_another_transport(string line)
    {
        Write("n1", Authority.SignNode(_authority, "n1", [], 1));
        var error = Assert.Single(_folder.Load(With("n1") + line + "\n").Errors);
        Assert.Contains("does not know remote.tls", error.Message);
        Assert.Empty(_folder.Load(ConfigFolder.Minimal + line + "\n").Errors);
    }

    private string With(string name) => ConfigFolder.Minimal + $"remote {{ host = 10.0.0.1, tls {{ certificate = \"{PathOf(name)}.crt\", key = \"{PathOf(name)}.key\", authorities = \"{PathOf("ca.crt")}\" }} }}\n";

    private string PathOf(string name) => Path.Combine(_folder.Path, name);

    private void Write(string name, (string Certificate, string Key) signed)
    {
        _folder.Write(name + ".crt", signed.Certificate);
        var key = _folder.Write(name + ".key", signed.Key);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
