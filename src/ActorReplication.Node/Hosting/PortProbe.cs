using System.Net;
using System.Net.Sockets;

namespace ActorReplication.Node.Hosting;

/// <param name="Use">The key or option that sets it, for the message.</param>
internal readonly record struct WantedPort(IPAddress Address, int Port, string Use);

/// <summary>Finds out before anything starts whether every port can be had.</summary>
internal static class PortProbe
{
    public static void Require(IEnumerable<WantedPort> ports)
    {
        var taken = new HashSet<int>();
        foreach (var wanted in ports)
        {
            if (!taken.Add(wanted.Port)) throw new ExitException(ExitCodes.Usage, $"port {wanted.Port} is wanted twice; choose another for {wanted.Use}");
            using var socket = new Socket(wanted.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(wanted.Address, wanted.Port));
                socket.Listen(1);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse)
            {
                throw new ExitException(ExitCodes.PortInUse, $"port {wanted.Port} on {wanted.Address} is in use: stop what holds it, or choose another for {wanted.Use}");
            }
            catch (SocketException e)
            {
                throw new ExitException(ExitCodes.PortInUse, $"port {wanted.Port} on {wanted.Address} cannot be had ({e.Message}): choose another address or port for {wanted.Use}");
            }
        }
    }
}
