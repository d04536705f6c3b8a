using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using ActorReplication.Cluster.Transport;
using Akka.Actor;
using Akka.Configuration;
using Akka.Remote;
using Akka.Remote.Transport;
using Akka.TestKit.Xunit2;
using Google.Protobuf;

namespace ActorReplication.MultiNode.Tests.Transport;

/// <summary>Two transports over loopback, without Akka.Remote's protocol on top.</summary>
public sealed class PeerTransportRules : PeerTransportFixture
{
    [Fact]
    public async Task What_is_written_arrives_whole_and_in_order_in_both_directions()
    {
        var (client, server) = await Pair();
        for (var i = 0; i < 500; i++)
        {
            Assert.True(client.Handle.Write(Payload(i, i % 50 == 0 ? 200_000 : i)));
            Assert.True(server.Handle.Write(Payload(i, 10)));
        }
        for (var i = 0; i < 500; i++)
        {
            Assert.Equal(Payload(i, i % 50 == 0 ? 200_000 : i), await server.Next());
            Assert.Equal(Payload(i, 10), await client.Next());
        }
    }

    [Fact]
    public async Task Writing_to_a_peer_that_does_not_read_never_waits_and_is_refused_in_the_end()
    {
        var (client, server) = await Pair(serverReads: false);
        var written = 0;
        // The kernel's buffers, then the queue's limit; a write that waited would never return.
        while (client.Handle.Write(Payload(written, 250_000)))
        {
            written++;
            Assert.True(written < 1000, "never refused");
        }

        server.Read();
        for (var i = 0; i < written; i++) Assert.Equal(Payload(i, 250_000), await server.Next());
        Assert.True(client.Handle.Write(Payload(1, 1)));
        Assert.Equal(Payload(1, 1), await server.Next());
    }

    [Fact]
    public async Task What_was_written_before_the_connection_was_given_up_still_arrives()
    {
        var (client, server) = await Pair(serverReads: false);
        for (var i = 0; i < 60; i++) Assert.True(client.Handle.Write(Payload(i, 250_000)));
        client.Handle.Disassociate("the test ends it", Sys.Log);

        server.Read();
        for (var i = 0; i < 60; i++) Assert.Equal(Payload(i, 250_000), await server.Next());
        await server.Ended();
        Assert.False(client.Handle.Write(Payload(1, 1)));
    }

    /// <summary>The sender is faster than the reader: its queue fills, runs empty and fills again all the time.</summary>
    [Fact]
    public async Task Queue_that_empties_and_fills_again_keeps_the_order()
    {
        const int Count = 3000;
        var (client, server) = await Pair();
        var writing = Task.Run(() =>
        {
            for (var i = 0; i < Count; i++)
                while (!client.Handle.Write(Payload(i, 40_000))) Thread.Yield();
        });
        for (var i = 0; i < Count; i++) Assert.Equal(Payload(i, 40_000), await server.Next());
        await writing;
    }

    [Fact]
    public async Task Connection_given_up_while_its_peer_takes_nothing_is_closed_all_the_same()
    {
        var (client, _) = await Pair(serverReads: false);
        while (client.Handle.Write(Payload(0, 250_000))) { }
        client.Handle.Disassociate("the test ends it", Sys.Log);
        await client.Ended();
    }

    [Fact]
    public async Task Both_ends_hear_that_the_connection_is_over()
    {
        var (client, server) = await Pair();
        server.Handle.Disassociate("the test ends it", Sys.Log);
        await client.Ended();
        await server.Ended();
        Assert.False(client.Handle.Write(Payload(1, 1)));
    }

    [Fact]
    public async Task Garbage_closes_its_own_connection_only()
    {
        var (client, server) = await Pair();
        var peer = server.Handle.LocalAddress;
        using var stranger = new TcpClient();
        await stranger.ConnectAsync(IPAddress.Loopback, peer.Port!.Value);
        var strange = await server.Inbound.Next();
        strange.Read();
        await stranger.GetStream().WriteAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
        await strange.Ended();

        Assert.True(client.Handle.Write(Payload(1, 1)));
        Assert.Equal(Payload(1, 1), await server.Next());
    }

    [Fact]
    public async Task Says_why_it_cannot_connect()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        taken.Stop();
        var transport = Transport();
        await Listening(transport);
        var refused = await Assert.ThrowsAsync<InvalidAssociationException>(() => transport.Associate(new Address("tcp", "test", "127.0.0.1", port)));
        Assert.Contains($"127.0.0.1:{port}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_that_the_port_is_taken()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var refused = await Assert.ThrowsAsync<RemoteTransportException>(() => Transport($"port = {port}").Listen());
        Assert.Contains($"127.0.0.1:{port}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_to_leave_out_the_encryption_that_its_section_asks_for()
    {
        var refused = Assert.Throws<ConfigurationException>(() => Transport("enable-ssl = true"));
        Assert.Contains("transport-class", refused.Message, StringComparison.Ordinal);
    }
}
