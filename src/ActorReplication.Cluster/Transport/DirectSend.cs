using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ActorReplication.Cluster.Transport;

/// <summary>Sends on a blocking socket without ever blocking, which .NET's own calls cannot: they make the socket non-blocking for good, and then every
/// receive goes through the process's event thread.</summary>
internal static partial class DirectSend
{
    private const int DontWait = 0x40;
    private const int NoSignal = 0x4000;
    private const int TryAgain = 11;
    private const int Interrupted = 4;

    public static bool IsSupported { get; } = OperatingSystem.IsLinux();

    /// <summary>How many of the bytes the kernel took: fewer than all, perhaps none, when its buffer is full.</summary>
    /// <exception cref="SocketException">The connection is broken.</exception>
    public static int Send(Socket socket, ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            var sent = SendBytes(socket.SafeHandle, bytes, bytes.Length, DontWait | NoSignal);
            if (sent >= 0) return (int)sent;
            var error = Marshal.GetLastPInvokeError();
            if (error == TryAgain) return 0;
            if (error != Interrupted) throw new SocketException((int)SocketError.ConnectionReset, $"send failed with error {error}");
        }
    }

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint SendBytes(SafeHandle socket, ReadOnlySpan<byte> bytes, nint count, int flags);
}
