using System.Runtime.InteropServices;
using System.Text;

namespace ActorReplication.Node.Tests.Nemesis.Hosts;

/// <summary>A network interface whose packets a program reads and writes (Linux, "Universal TUN/TAP device driver").</summary>
internal sealed class Tun : IDisposable
{
    private const int ReadWriteNonBlocking = 0x802, ReadOnly = 0, SetInterface = 0x400454ca, NewNet = 0x40000000;
    private const short TunWithoutHeader = 0x1001;

    private Tun(int descriptor) => Descriptor = descriptor;

    public int Descriptor { get; }

    /// <param name="namespaceFile">The network namespace that the interface appears in; null: this process's.</param>
    /// <exception cref="InvalidOperationException">Not permitted, or not there.</exception>
    public static Tun Open(string name, string? namespaceFile)
    {
        Tun? tun = null;
        Exception? failure = null;
        // A thread's namespace is its own: this one enters, makes the interface, and ends.
        var thread = new Thread(() =>
        {
            try
            {
                if (namespaceFile is not null) Enter(namespaceFile);
                tun = new Tun(Make(name));
            }
            catch (InvalidOperationException e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return tun ?? throw failure!;
    }

    /// <returns>Bytes read; less than 1: nothing is there.</returns>
    public int Read(byte[] buffer) => (int)Read(Descriptor, buffer, buffer.Length);

    public void Write(byte[] buffer, int bytes) => _ = Write(Descriptor, buffer, bytes);

    public void Dispose() => _ = Close(Descriptor);

    /// <summary>From now on what the calling thread opens belongs to that namespace.</summary>
    public static void Enter(string file)
    {
        var descriptor = Require(Open(file, ReadOnly), file);
        Require(SetNamespace(descriptor, NewNet), file);
        _ = Close(descriptor);
    }

    private static int Make(string name)
    {
        var descriptor = Require(Open("/dev/net/tun", ReadWriteNonBlocking), "/dev/net/tun");
        var request = new byte[40];
        Encoding.ASCII.GetBytes(name, request);
        BitConverter.TryWriteBytes(request.AsSpan(16), TunWithoutHeader);
        Require(Control(descriptor, SetInterface, request), name);
        return descriptor;
    }

    private static int Require(int result, string what) =>
        result >= 0 ? result : throw new InvalidOperationException($"{what}: {Marshal.GetLastPInvokeErrorMessage()}");

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static extern int SetNamespace(int descriptor, int kind);

    [DllImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static extern int Control(int descriptor, nuint request, byte[] argument);

    [DllImport("libc", EntryPoint = "read", SetLastError = true)]
    private static extern nint Read(int descriptor, byte[] buffer, nint bytes);

    [DllImport("libc", EntryPoint = "write", SetLastError = true)]
    private static extern nint Write(int descriptor, byte[] buffer, nint bytes);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    private static extern int Close(int descriptor);
}
