using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using ActorReplication.Postgres.Backend;

namespace ActorReplication.Postgres.Session;

/// <summary>One client's socket. A pump reads into a pipe all the time, so that the client's end is seen while a statement runs. Output is gathered in
/// <see cref="Output"/> and sent by the session, or by the thread that executes a streamed statement: never by both at once.</summary>
internal sealed class Connection : IAsyncDisposable
{
    private static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(1);

    private readonly Socket _socket;
    private readonly Pipe _pipe;
    private readonly int _pauseBytes;
    private readonly CancellationTokenSource _closed = new();
    private readonly Task _pump;
    private Task _decrypting = Task.CompletedTask;
    private SslStream? _tls;
    private int _isClosed;

    public Connection(Socket socket, int pauseBytes)
    {
        _socket = socket;
        IsInside = socket.AddressFamily == AddressFamily.Unix;
        if (!IsInside) _socket.NoDelay = true;
        RemoteAddress = (socket.RemoteEndPoint as IPEndPoint)?.Address;
        _pauseBytes = pauseBytes;
        _pipe = NewPipe();
        Input = _pipe.Reader;
        Closed = _closed.Token;
        _pump = Task.Run(PumpAsync);
    }

    /// <summary>What the client says; after <see cref="EncryptAsync"/> another one.</summary>
    public PipeReader Input { get; private set; }
    public OutputBuffer Output { get; } = new();
    public IPAddress? RemoteAddress { get; }

    /// <summary>The client is this process itself (<see cref="PgServer.OpenInside"/>), which has asked already who is behind it.</summary>
    public bool IsInside { get; }

    /// <summary>Set once the client is gone, or <see cref="Abort"/> was called.</summary>
    public CancellationToken Closed { get; }

    public bool IsEncrypted => _tls is not null;

    /// <summary>The certificate that this connection was encrypted with; null without TLS.</summary>
    public X509Certificate? ServerCertificate => _tls?.LocalCertificate;

    /// <summary>What the client has shown, not validated; null: nothing.</summary>
    public X509Certificate? ClientCertificate => _tls?.RemoteCertificate;

    /// <summary>The client's next bytes are a TLS handshake; all that follows is encrypted, both ways. Nothing may have been read ahead of it.</summary>
    /// <returns>The protocol that was named in the handshake; empty: none.</returns>
    /// <exception cref="IOException">Or AuthenticationException: the handshake failed, and the connection with it.</exception>
    public async ValueTask<SslApplicationProtocol> EncryptAsync(SslServerAuthenticationOptions options)
    {
        var tls = new SslStream(new PipeStream(_pipe.Reader, _socket), leaveInnerStreamOpen: true);
        try
        {
            await tls.AuthenticateAsServerAsync(options, Closed).ConfigureAwait(false);
        }
        catch
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        var pipe = NewPipe();
        (_tls, Input) = (tls, pipe.Reader);
        _decrypting = Task.Run(() => DecryptAsync(tls, pipe.Writer));
        return tls.NegotiatedApplicationProtocol;
    }

    /// <summary>Sends all of <see cref="Output"/>. False: the client is gone.</summary>
    public async ValueTask<bool> FlushAsync()
    {
        var rest = Output.Written;
        try
        {
            if (_tls is not null) await _tls.WriteAsync(rest, Closed).ConfigureAwait(false);
            else
            {
                while (!rest.IsEmpty)
                {
                    var sent = await _socket.SendAsync(rest, SocketFlags.None, Closed).ConfigureAwait(false);
                    rest = rest[sent..];
                }
            }
            Output.Clear();
            return true;
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException or OperationCanceledException || IsTlsEnd(gone))
        {
            Output.Clear();
            Abort();
            return false;
        }
    }

    /// <summary>The same on the caller's thread, which blocks until the socket has taken all.</summary>
    public bool FlushBlocking()
    {
        var rest = Output.Written.Span;
        try
        {
            if (_tls is not null) _tls.Write(rest);
            else while (!rest.IsEmpty) rest = rest[_socket.Send(rest)..];
            Output.Clear();
            return true;
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException || IsTlsEnd(gone))
        {
            Output.Clear();
            Abort();
            return false;
        }
    }

    /// <summary>Ends both directions at once; what waits on the socket wakes. Any thread.</summary>
    public void Abort()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) != 0) return;
        _socket.Dispose();
        try
        {
            _closed.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The socket's end woke the session, which was over before it could be told.
        }
    }

    /// <summary>Ends the connection after what was sent. Closing a socket with unread input would reset the connection, and the client might never see the last
    /// message; so the client gets a moment to close its side.</summary>
    public async ValueTask DisposeAsync()
    {
        await Input.CompleteAsync().ConfigureAwait(false);
        if (Volatile.Read(ref _isClosed) == 0)
        {
            try
            {
                if (_tls is not null) await _tls.ShutdownAsync().WaitAsync(LingerTime).ConfigureAwait(false);
                _socket.Shutdown(SocketShutdown.Send);
                await _pump.WaitAsync(LingerTime).ConfigureAwait(false);
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException or TimeoutException || IsTlsEnd(gone))
            {
                // It is over in any case.
            }
        }
        Abort();
        await _decrypting.ConfigureAwait(false);
        await _pump.ConfigureAwait(false);
        if (_tls is not null) await _tls.DisposeAsync().ConfigureAwait(false);
        _closed.Dispose();
    }

    // The session's code runs on the thread that received: one hop for each batch of messages, none between.
    private Pipe NewPipe() => new(new PipeOptions(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.ThreadPool, pauseWriterThreshold: _pauseBytes, resumeWriterThreshold: _pauseBytes / 2, minimumSegmentSize: 4096, useSynchronizationContext: false));

    private static bool IsTlsEnd(Exception e) => e is IOException or AuthenticationException or InvalidOperationException;

    private async Task PumpAsync()
    {
        var writer = _pipe.Writer;
        try
        {
            while (true)
            {
                var received = await _socket.ReceiveAsync(writer.GetMemory(4096), SocketFlags.None).ConfigureAwait(false);
                if (received == 0) break;
                writer.Advance(received);
                if ((await writer.FlushAsync().ConfigureAwait(false)).IsCompleted) { await DiscardAsync().ConfigureAwait(false); break; }
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // However the client went: the session learns it below.
        }
        Abort();
        await writer.CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>Nobody reads any more: what still comes is dropped, until the client closes.</summary>
    private async ValueTask DiscardAsync()
    {
        var scratch = new byte[4096];
        while (await _socket.ReceiveAsync(scratch, SocketFlags.None).ConfigureAwait(false) > 0) { }
    }

    /// <summary>The pump of an encrypted connection, on top of the one that receives.</summary>
    private async Task DecryptAsync(SslStream tls, PipeWriter writer)
    {
        var isRead = true;
        var scratch = new byte[4096];
        try
        {
            while (true)
            {
                var received = await tls.ReadAsync(isRead ? writer.GetMemory(4096) : scratch).ConfigureAwait(false);
                if (received == 0) break;
                if (!isRead) continue;
                writer.Advance(received);
                isRead = !(await writer.FlushAsync().ConfigureAwait(false)).IsCompleted;
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException || IsTlsEnd(gone))
        {
            // However the client went: the session learns it below.
        }
        Abort();
        await writer.CompleteAsync().ConfigureAwait(false);
        await _pipe.Reader.CompleteAsync().ConfigureAwait(false);
    }
}
