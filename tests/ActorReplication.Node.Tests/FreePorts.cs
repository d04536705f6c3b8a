using System.Net;
using System.Net.Sockets;

namespace ActorReplication.Node.Tests;

/// <summary>Ports that nobody listens on. All are held until each is known, so that none is given twice; they lie below the range that
/// the kernel draws outgoing ports from, so that none is lost between here and its use.</summary>
internal static class FreePorts
{
    private static int _next = 20000 + Environment.ProcessId % 500 * 20;

    public static int Take() => TakeRow(1);

    /// <summary>The first of <paramref name="count"/> ports in a row.</summary>
    public static int TakeRow(int count)
    {
        for (var tries = 0; tries < 1000; tries++)
        {
            var first = 20000 + (Interlocked.Add(ref _next, count) - 20000) % 12000;
            if (Enumerable.Range(first, count).All(IsFree)) return first;
        }
        throw new InvalidOperationException($"no {count} free ports in a row");
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
