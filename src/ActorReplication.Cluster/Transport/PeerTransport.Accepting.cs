using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;
using Akka.Remote.Transport;

namespace ActorReplication.Cluster.Transport;

/// <summary>Who comes from elsewhere: nobody knows yet who it is, and whatever he does, nobody else is to feel it.</summary>
public sealed partial class PeerTransport
{
    /// <summary>Connections from elsewhere at one time, those at their handshake apart. Each has a thread.</summary>
    private const int InboundLimit = 256;

    /// <summary>Handshakes with who came from elsewhere at one time, and of those with one address. A node that finds no room comes again.</summary>
    private const int HandshakeLimit = 64, HandshakesOfAnAddress = 8;

    private readonly HandshakeRoom _handshakes = new(HandshakeLimit, HandshakesOfAnAddress);
    private int _inbound;
    private long _complainedAt;

    private async Task AcceptAsync(Socket server)
    {
        var listener = await _listener.Task.ConfigureAwait(false);
        while (ReferenceEquals(_server, server))
        {
            try
            {
                Accepted(await server.AcceptAsync().ConfigureAwait(false), listener);
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                if (!ReferenceEquals(_server, server)) return;
                // The peer is gone already, or this process has no descriptor left: then it has to wait for one.
                _log.Warning("could not accept a connection: {0}", e.Message);
                await Task.Delay(100).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // Whatever one connection did, the next one is to be accepted.
                _log.Error(e, "a connection to the nodes' port failed");
                await Task.Delay(100).ConfigureAwait(false);
            }
        }
    }

    private void Accepted(Socket socket, IAssociationEventListener listener)
    {
        if (socket.RemoteEndPoint is not IPEndPoint peer || Volatile.Read(ref _inbound) >= InboundLimit)
        {
            socket.Dispose();
            ComplainOfCrowd(InboundLimit, "are open");
            return;
        }
        if (_tls is not null && !_handshakes.TryEnter(peer.Address))
        {
            socket.Dispose();
            ComplainOfCrowd(HandshakesOfAnAddress, $"or more are at their handshake from {peer.Address}, or {HandshakeLimit} from everywhere");
            return;
        }
        var isHandedOn = false;
        try
        {
            var connection = Open(socket, new Address(SchemeIdentifier, System.Name, peer.Address.ToString(), peer.Port), isInbound: _tls is null);
            if (_tls is null) Announce(connection, listener);
            else new Thread(() => Admit(connection, peer.Address, listener)) { Name = "peer-handshake", IsBackground = true }.Start();
            isHandedOn = true;
        }
        finally
        {
            if (!isHandedOn)
            {
                socket.Dispose();
                if (_tls is not null) _handshakes.Leave(peer.Address);
            }
        }
    }

    /// <summary>A thread's whole life: what it does not catch would end the process.</summary>
    private void Admit(PeerConnection connection, IPAddress from, IAssociationEventListener listener)
    {
        try
        {
            try
            {
                Encrypt(connection, null);
            }
            finally
            {
                _handshakes.Leave(from);
            }
            if (TryCount(connection)) Announce(connection, listener);
        }
        catch (Exception)
        {
            // It is closed, and said.
        }
    }

    /// <summary>From now on it is one of those that are open. False: there are too many, or it is closed.</summary>
    private bool TryCount(PeerConnection connection)
    {
        if (Interlocked.Increment(ref _inbound) <= InboundLimit && _connections.TryUpdate(connection, true, false)) return true;
        Interlocked.Decrement(ref _inbound);
        connection.Close();
        ComplainOfCrowd(InboundLimit, "are open");
        return false;
    }

    private void Announce(PeerConnection connection, IAssociationEventListener listener)
    {
        try
        {
            listener.Notify(new InboundAssociation(connection));
        }
        catch (Exception e)
        {
            connection.Close();
            _log.Error(e, "closed the connection from {0}", connection.RemoteAddress);
            throw;
        }
    }

    /// <summary>Once a second.</summary>
    private void ComplainOfCrowd(int count, string where)
    {
        var now = Environment.TickCount64;
        if (now - _complainedAt < 1000) return;
        _complainedAt = now;
        _log.Warning("closed a connection to the nodes' port: {0} {1}", count, where);
    }
}
