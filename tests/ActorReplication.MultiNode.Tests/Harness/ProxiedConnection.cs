using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace ActorReplication.MultiNode.Tests.Harness;

/// <summary>One TCP connection through a proxy: the caller's socket, the node's, and a pump for each direction.</summary>
internal sealed class ProxiedConnection(Socket callerSocket)
{
    private const int FirstFrameLimit = 4096;
    private const int ChunkBytes = 64 << 10;
    private const int ChunksUnderWay = 64;

    private readonly Socket nodeSocket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly CancellationTokenSource reset = new();
    private int isReset;

    /// <summary>Null until the first frame has come.</summary>
    public RoleName? Caller { get; private set; }

    /// <param name="identify">The caller at an advertised port, its link to the node and the node's link to it; null: nobody of this spec.</param>
    public async Task ServeAsync(Func<int, (RoleName Caller, Link There, Link Back)?> identify, Func<int> behindPort, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, reset.Token);
        callerSocket.NoDelay = true;
        var first = await FirstFrameAsync(either.Token);
        if (AssociateFrame.OriginPort(first.AsSpan(AssociateFrame.LengthBytes)) is not { } port || identify(port) is not { } links)
            return;
        Caller = links.Caller;
        await links.There.PassAsync(first.Length, either.Token);
        if (behindPort() == 0)
            return;
        await nodeSocket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, behindPort()), either.Token);
        await SendAsync(nodeSocket, first, either.Token);
        var ended = await Task.WhenAny(PumpAsync(callerSocket, nodeSocket, links.There, either.Token), PumpAsync(nodeSocket, callerSocket, links.Back, either.Token));
        await ended;
    }

    /// <summary>Both sides see the connection reset. May be called more than once.</summary>
    public void Reset()
    {
        if (Interlocked.Exchange(ref isReset, 1) == 1)
            return;
        reset.Cancel();
        foreach (var socket in (Socket[])[callerSocket, nodeSocket])
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            socket.Close();
        }
    }

    private async Task<byte[]> FirstFrameAsync(CancellationToken cancellation)
    {
        var head = new byte[AssociateFrame.LengthBytes];
        await FillAsync(head, cancellation);
        var length = AssociateFrame.Length(head);
        if (length is <= 0 or > FirstFrameLimit)
            throw new IOException($"The first frame has {length} bytes.");
        var frame = new byte[head.Length + length];
        head.CopyTo(frame, 0);
        await FillAsync(frame.AsMemory(head.Length), cancellation);
        return frame;
    }

    private async Task FillAsync(Memory<byte> target, CancellationToken cancellation)
    {
        while (target.Length > 0)
        {
            var read = await callerSocket.ReceiveAsync(target, cancellation);
            if (read == 0)
                throw new IOException("The caller hung up in its first frame.");
            target = target[read..];
        }
    }

    /// <summary>Reading and writing are apart so that a delay does not cost throughput.</summary>
    private static async Task PumpAsync(Socket from, Socket to, Link link, CancellationToken cancellation)
    {
        var underWay = Channel.CreateBounded<(byte[] Bytes, long Due)>(ChunksUnderWay);
        var writing = WriteAsync(underWay.Reader, to, link, cancellation);
        var buffer = new byte[ChunkBytes];
        while (!writing.IsCompleted)
        {
            var read = await from.ReceiveAsync(buffer, cancellation);
            if (read == 0)
                break;
            await underWay.Writer.WriteAsync((buffer[..read], Environment.TickCount64 + link.DelayMs), cancellation);
        }

        underWay.Writer.Complete();
        await writing;
    }

    private static async Task WriteAsync(ChannelReader<(byte[] Bytes, long Due)> underWay, Socket to, Link link, CancellationToken cancellation)
    {
        await foreach (var (bytes, due) in underWay.ReadAllAsync(cancellation))
        {
            var early = due - Environment.TickCount64;
            if (early > 0)
                await Task.Delay(TimeSpan.FromMilliseconds(early), cancellation);
            await link.PassAsync(bytes.Length, cancellation);
            await SendAsync(to, bytes, cancellation);
        }
    }

    private static async Task SendAsync(Socket to, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        while (bytes.Length > 0)
            bytes = bytes[await to.SendAsync(bytes, cancellation)..];
    }
}
