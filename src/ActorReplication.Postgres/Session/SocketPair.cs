using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ActorReplication.Postgres.Session;

/// <summary>Two sockets of this process that are connected to each other, and that nobody else can reach (socketpair(2), which .NET does not offer).</summary>
internal static partial class SocketPair
{
    private const int UnixFamily = 1, Stream = 1, CloseOnExec = 0x80000;

    /// <exception cref="SocketException">Out of descriptors.</exception>
    public static unsafe (Socket Ours, Socket Theirs) Open()
    {
        var ends = stackalloc int[2];
        if (Create(UnixFamily, Stream | CloseOnExec, 0, ends) != 0) throw new SocketException(Marshal.GetLastPInvokeError());
        return (new Socket(new SafeSocketHandle(ends[0], ownsHandle: true)), new Socket(new SafeSocketHandle(ends[1], ownsHandle: true)));
    }

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    private static unsafe partial int Create(int domain, int type, int protocol, int* ends);
}
