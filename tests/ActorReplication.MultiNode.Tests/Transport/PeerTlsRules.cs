using System.Collections.Concurrent;
using System.Net.Security;
using System.Net.Sockets;
using ActorReplication.Cluster.Transport;
using ActorReplication.MultiNode.Tests.Harness;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote.Transport;
using Akka.TestKit.Xunit2;
using Google.Protobuf;

namespace ActorReplication.MultiNode.Tests.Transport;

/// <summary>Two transports over loopback, each with a certificate.</summary>
public sealed class PeerTlsRules : PeerTransportFixture
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("peer-tls-");
    private readonly TestAuthority ours;
    private readonly TestAuthority foreign;

    public PeerTlsRules()
    {
        ours = new TestAuthority(Path.Combine(folder.FullName, "ours"), "ours");
        foreign = new TestAuthority(Path.Combine(folder.FullName, "foreign"), "foreign");
        Sys.EventStream.Subscribe(TestActor, typeof(Warning));
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        folder.Delete(true);
    }

    [Fact]
    public async Task What_is_written_arrives_whole_and_in_order_in_both_directions_and_nobody_waits()
    {
        ours.Sign("a");
        ours.Sign("b");
        var (client, server) = await Pair(ours.Hocon("a"), ours.Hocon("b"));
        for (var i = 0; i < 200; i++)
        {
            Assert.True(client.Handle.Write(Payload(i, i % 50 == 0 ? 200_000 : i)));
            Assert.True(server.Handle.Write(Payload(i, 10)));
        }
        for (var i = 0; i < 200; i++)
        {
            Assert.Equal(Payload(i, i % 50 == 0 ? 200_000 : i), await server.Next());
            Assert.Equal(Payload(i, 10), await client.Next());
        }
        server.Handle.Disassociate("the test ends it", Sys.Log);
        await client.Ended();
    }

    [Fact]
    public async Task Writing_to_a_peer_that_does_not_read_never_waits_and_is_refused_in_the_end()
    {
        ours.Sign("a");
        var (client, server) = await Pair(ours.Hocon("a"), ours.Hocon("a"), serverReads: false);
        var written = 0;
        while (client.Handle.Write(Payload(written, 250_000)))
        {
            written++;
            Assert.True(written < 1000, "never refused");
        }
        server.Read();
        for (var i = 0; i < written; i++) Assert.Equal(Payload(i, 250_000), await server.Next());
    }

    [Fact]
    public async Task A_foreign_certificate_is_refused_and_both_sides_know_why()
    {
        foreign.Sign("mallory");
        ours.Sign("b");
        // It would trust ours: it is ours that does not take it.
        await Refused(foreign.Hocon("mallory", ours.Bundle), ours.Hocon("b"), "CN=mallory, issued by CN=foreign, is not from an authority that is trusted here");
    }

    [Fact]
    public async Task A_server_with_a_foreign_certificate_is_refused_as_well()
    {
        foreign.Sign("mallory");
        ours.Sign("a");
        await Refused(ours.Hocon("a"), foreign.Hocon("mallory", ours.Bundle), "CN=mallory, issued by CN=foreign, is not from an authority that is trusted here");
    }

    [Fact]
    public async Task An_expired_certificate_is_refused_and_both_sides_know_why()
    {
        ours.Sign("late", untilDays: -1);
        ours.Sign("b");
        await Refused(ours.Hocon("late"), ours.Hocon("b"), "CN=late has expired on");
    }

    [Fact]
    public async Task A_node_that_is_found_under_another_name_than_its_certificates_is_refused_unless_its_name_is_configured()
    {
        ours.Sign("a");
        ours.Sign("b", host: "elsewhere");
        await Refused(ours.Hocon("a"), ours.Hocon("b"), "CN=b is not for 127.0.0.1 (but for b, elsewhere)");
        await Pair(ours.Hocon("a", names: "a, b"), ours.Hocon("b", names: "a, b"));
        await Refused(ours.Hocon("a", names: "a, b"), ours.Hocon("b", names: "b"), "CN=a is in none of the names");
    }

    [Theory]
    [InlineData("")]
    [InlineData("urn:actor-replication:node:")]
    [InlineData("urn:actor-replication:user:mark")]
    public async Task Whoever_the_authority_knows_is_no_node_without_the_mark_of_one_at_either_end(string mark)
    {
        ours.Sign("clerk", mark: mark);
        ours.Sign("b");
        await Refused(ours.Hocon("clerk"), ours.Hocon("b"), "CN=clerk is not a node's: it does not have urn:actor-replication:node:NAME");
        await Refused(ours.Hocon("b"), ours.Hocon("clerk"), "CN=clerk is not a node's");
        await Refused(ours.Hocon("clerk"), ours.Hocon("b", names: "clerk"), "CN=clerk is not a node's");
    }

    [Fact]
    public async Task Who_shows_no_certificate_or_speaks_no_TLS_gets_nowhere()
    {
        ours.Sign("b");
        var server = Transport(ours.Hocon("b"));
        var (port, inbound) = await Listening(server);
        using var plain = new TcpClient();
        await plain.ConnectAsync("127.0.0.1", port);
        await plain.GetStream().WriteAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
        using var bare = new TcpClient();
        await bare.ConnectAsync("127.0.0.1", port);
        await using var tls = new SslStream(bare.GetStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "127.0.0.1", RemoteCertificateValidationCallback = (_, _, _, _) => true });
        Says("no certificate was shown");
        Assert.True(inbound.IsEmpty);
    }

    [Fact]
    public async Task Who_begins_handshakes_and_goes_no_further_keeps_nobody_out_who_is_in_and_others_only_until_he_goes()
    {
        ours.Sign("a");
        ours.Sign("b");
        var (port, inbound) = await Listening(Transport(ours.Hocon("b")));
        var (client, server) = await Connect(ours.Hocon("a"), port, inbound);
        var silent = new List<TcpClient>();
        for (var i = 0; i < 12; i++)
        {
            silent.Add(new TcpClient());
            await silent[i].ConnectAsync("127.0.0.1", port);
        }
        Says("at their handshake from 127.0.0.1");
        await Assert.ThrowsAsync<InvalidAssociationException>(() => Connect(ours.Hocon("a"), port, inbound));
        Assert.True(client.Handle.Write(Payload(7, 7)));
        Assert.Equal(Payload(7, 7), await server.Next());
        foreach (var one in silent) one.Dispose();
        await Eventually(() => Connect(ours.Hocon("a"), port, inbound));
    }

    /// <summary>Each connection is handed over on a thread of its own: what is thrown there would end the process.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_nobody_can_take_is_closed_and_said_and_the_next_is_taken(bool isEncrypted)
    {
        ours.Sign("a");
        var tls = isEncrypted ? ours.Hocon("a") : "";
        var (address, listener) = await Transport(tls).Listen();
        var inbound = new Arrivals();
        listener.SetResult(new FirstThrows(inbound));
        var outbound = Transport(tls);
        await Listening(outbound);
        var refused = new End(await outbound.Associate(address.WithHost("127.0.0.1")).WaitAsync(Patience), inbound);
        refused.Read();
        await refused.Ended();
        var (client, server) = await Connect(tls, address.Port!.Value, inbound);
        Assert.True(client.Handle.Write(Payload(7, 7)));
        Assert.Equal(Payload(7, 7), await server.Next());
    }

    private sealed class FirstThrows(IAssociationEventListener then) : IAssociationEventListener
    {
        private bool hasThrown;

        public void Notify(IAssociationEvent ev)
        {
            if (hasThrown) then.Notify(ev);
            else
            {
                hasThrown = true;
                throw new InvalidCastException("the listener cannot take it");
            }
        }
    }

    [Fact]
    public async Task New_files_serve_the_next_connection_and_old_connections_go_on()
    {
        ours.Sign("a");
        ours.Sign("b");
        var bundle = Path.Combine(folder.FullName, "both.crt");
        File.WriteAllText(bundle, ours.RootPem);
        var server = Transport(ours.Hocon("b", bundle));
        var (port, inbound) = await Listening(server);
        var first = await Connect(ours.Hocon("a"), port, inbound);
        // The authority is replaced: first both are trusted, then nodes get certificates of the new one.
        foreign.Sign("a");
        File.WriteAllText(bundle, ours.RootPem + foreign.RootPem);
        File.WriteAllText(ours.Bundle, ours.RootPem + foreign.RootPem);
        await Eventually(() => Connect(foreign.Hocon("a", ours.Bundle), port, inbound));
        Assert.True(first.Client.Handle.Write(Payload(7, 7)));
        Assert.Equal(Payload(7, 7), await first.Server.Next());
    }

    private static async Task Eventually(Func<Task> succeeds)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            try
            {
                await succeeds();
                return;
            }
            catch (InvalidAssociationException) when (!patience.IsCancellationRequested)
            {
                await Task.Delay(50);
            }
        }
    }

    private async Task Refused(string client, string server, string reason)
    {
        var (port, inbound) = await Listening(Transport(server));
        var outbound = Transport(client);
        await Listening(outbound);
        var refused = await Assert.ThrowsAsync<InvalidAssociationException>(() => outbound.Associate(new Address("tcp", "test", "127.0.0.1", port)).WaitAsync(Patience));
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        // The one who refuses, and the one who is refused.
        Says(reason);
        Says(reason);
        Assert.True(inbound.IsEmpty);
    }

    private void Says(string text) => FishForMessage(m => m is Warning warning && warning.Message.ToString()!.Contains(text, StringComparison.Ordinal), Patience);
}
