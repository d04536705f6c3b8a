using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using ActorReplication.Cluster.Replica;
using Akka.Actor;
using Akka.Event;
using Akka.Remote.Transport;
using Google.Protobuf;

namespace ActorReplication.Cluster.Transport;

/// <summary>One TCP connection. It is written to on the sender's thread, for as long as the kernel takes the bytes at once; what it does not take is sent by a
/// thread that lives until all of it is out. A thread of its own waits for what comes in.</summary>
internal sealed class PeerConnection : AssociationHandle
{
    private const int UnsentLimitBytes = 32 << 20;
    private const int LingerMs = 2000;

    private readonly PeerTransport _transport;
    private readonly Socket _socket;
    private readonly ILoggingAdapter _log;
    private readonly int _maxFrameBytes;
    private readonly Lock _sync = new();
    private readonly Queue<ReadOnlyMemory<byte>> _unsent = new();
    private byte[] _frame = new byte[4096];
    private int _unsentBytes;
    private bool _isSending;
    private bool _isClosing;
    private Timer? _linger;
    private SslStream? _tls;

    public PeerConnection(PeerTransport transport, Socket socket, Address local, Address remote, int maxFrameBytes, ILoggingAdapter log)
        : base(local, remote)
    {
        (_transport, _socket, _maxFrameBytes, _log) = (transport, socket, maxFrameBytes, log);
        _ = ReadOnceHeardAsync();
    }

    /// <summary>Before anything is sent or read: both ends show who they are, and all that follows is encrypted. On the caller's thread, which may have to wait.</summary>
    /// <param name="host">The other end's, as it was looked for; null: it came to us.</param>
    /// <exception cref="IOException">Or AuthenticationException: nothing comes of it.</exception>
    public void Encrypt(PeerTls how, string? host)
    {
        var tls = new SslStream(new PeerStream(this, _socket));
        how.Shake(tls, host);
        _tls = tls;
    }

    /// <summary>What TLS has made of it, or says by itself. Any thread.</summary>
    public bool SendEncrypted(ReadOnlySpan<byte> bytes)
    {
        lock (_sync) return Send(bytes);
    }

    /// <summary>Akka names who is to hear of what comes in; until then it stays in the kernel.</summary>
    private async Task ReadOnceHeardAsync()
    {
        var listener = await ReadHandlerSource.Task.ConfigureAwait(false);
        new Thread(() => Read(listener)) { Name = "peer-reader", IsBackground = true }.Start();
    }

    /// <summary>False: the connection is closed, or its peer has not taken the last 32 MiB yet. Any thread.</summary>
    public override bool Write(ByteString payload)
    {
        lock (_sync)
        {
            if (_isClosing || _unsentBytes > UnsentLimitBytes) return false;
            var size = FrameDecoder.HeaderBytes + payload.Length;
            if (_frame.Length < size) _frame = new byte[Math.Max(size, 2 * _frame.Length)];
            BinaryPrimitives.WriteInt32LittleEndian(_frame, payload.Length);
            payload.Span.CopyTo(_frame.AsSpan(FrameDecoder.HeaderBytes));
            return _tls is null ? Send(_frame.AsSpan(0, size)) : TryEncrypt(_tls, _frame.AsSpan(0, size));
        }
    }

    private bool TryEncrypt(SslStream tls, ReadOnlySpan<byte> bytes)
    {
        try
        {
            tls.Write(bytes);
            return true;
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            Close();
            return false;
        }
    }

    private bool Send(ReadOnlySpan<byte> bytes)
    {
        if (_unsentBytes == 0 && DirectSend.IsSupported)
        {
            try
            {
                bytes = bytes[DirectSend.Send(_socket, bytes)..];
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                Close();
                return false;
            }
        }
        if (bytes.IsEmpty) return true;
        _unsent.Enqueue(bytes.ToArray());
        _unsentBytes += bytes.Length;
        if (!_isSending)
        {
            new Thread(SendUnsent) { Name = "peer-writer", IsBackground = true }.Start();
            _isSending = true;
        }
        return true;
    }

    /// <summary>The head of the queue stays there until it is sent, so that nothing overtakes it.</summary>
    private void SendUnsent()
    {
        try
        {
            while (Head() is { } bytes)
            {
                for (var sent = 0; sent < bytes.Length;) sent += _socket.Send(bytes.Span[sent..]);
                lock (_sync) _unsentBytes -= _unsent.Dequeue().Length;
            }
        }
        catch (Exception e)
        {
            if (e is not (SocketException or ObjectDisposedException)) _log.Error(e, "closed the connection to {0}", RemoteAddress);
            Close();
        }
    }

    private ReadOnlyMemory<byte>? Head()
    {
        lock (_sync)
        {
            if (_unsent.TryPeek(out var bytes)) return bytes;
            _isSending = false;
            if (_isClosing) Close();
            return null;
        }
    }

    private void Read(IHandleEventListener listener)
    {
        SerialDispatcher.HelpFromThisThread();
        var info = DisassociateInfo.Unknown;
        try
        {
            var decoder = new FrameDecoder(_maxFrameBytes);
            while (true)
            {
                while (decoder.TryTake(out var frame)) listener.Notify(new InboundPayload(frame));
                var count = _tls is null ? _socket.Receive(decoder.Free.Span) : _tls.Read(decoder.Free.Span);
                if (count == 0) break;
                decoder.Added(count);
            }
        }
        catch (InvalidDataException e)
        {
            _log.Warning("closed the connection from {0}: it does not speak this protocol ({1})", RemoteAddress, e.Message);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            info = DisassociateInfo.Shutdown;
        }
        catch (Exception e)
        {
            // On a thread of its own: what is not caught here ends the process.
            _log.Error(e, "closed the connection from {0}", RemoteAddress);
        }
        Close();
        TellEnd(listener, info);
    }

    private void TellEnd(IHandleEventListener listener, DisassociateInfo info)
    {
        try
        {
            listener.Notify(new Disassociated(info));
        }
        catch (Exception e)
        {
            _log.Error(e, "the end of the connection to {0} could not be told", RemoteAddress);
        }
    }

    /// <summary>Closes the connection once what was written is sent, or soon: a peer that is stopped takes nothing and refuses nothing.</summary>
    [Obsolete("Akka asks for the overload with a reason.")]
    public override void Disassociate()
    {
        lock (_sync)
        {
            if (_unsent.Count > 0 && !_isClosing) _linger = new Timer(static late => ((PeerConnection)late!).Close(), this, LingerMs, Timeout.Infinite);
            _isClosing = true;
            if (_unsent.Count == 0) Close();
        }
    }

    /// <summary>Closes the connection now; both of its threads end.</summary>
    public void Close()
    {
        lock (_sync) _isClosing = true;
        _linger?.Dispose();
        _transport.Forget(this);
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It was not connected any more.
        }
        _socket.Dispose();
    }
}
