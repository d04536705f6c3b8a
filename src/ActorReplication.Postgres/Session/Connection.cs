using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using ActorReplication.Postgres.Backend;

namespace ActorReplication.Postgres.Session;

/// <summary>One client's socket. A pump reads into a pipe all the time, so that the client's end is seen while a statement runs. Output is gathered in
/// <see cref="Output"/> and sent by the session, or by the thread that executes a streamed statement: never by both at once.</summary>
internal sealed class Connection : IAsyncDisposable
{
    private static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(1);

    private readonly Socket _socket;
    private readonly Pipe _pipe;
    private readonly CancellationTokenSource _closed = new();
    private readonly Task _pump;
    private int _isClosed;

    public Connection(Socket socket, int pauseBytes)
    {
        _socket = socket;
        _socket.NoDelay = true;
        RemoteAddress = (socket.RemoteEndPoint as IPEndPoint)?.Address;
        // The session's code runs on the thread that received: one hop for each batch of messages, none between.
        _pipe = new Pipe(new PipeOptions(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.ThreadPool, pauseWriterThreshold: pauseBytes, resumeWriterThreshold: pauseBytes / 2, minimumSegmentSize: 4096, useSynchronizationContext: false));
        Closed = _closed.Token;
        _pump = Task.Run(PumpAsync);
    }

    public PipeReader Input => _pipe.Reader;
    public OutputBuffer Output { get; } = new();
    public IPAddress? RemoteAddress { get; }

    /// <summary>Set once the client is gone, or <see cref="Abort"/> was called.</summary>
    public CancellationToken Closed { get; }

    /// <summary>Sends all of <see cref="Output"/>. False: the client is gone.</summary>
    public async ValueTask<bool> FlushAsync()
    {
        var rest = Output.Written;
        try
        {
            while (!rest.IsEmpty)
            {
                var sent = await _socket.SendAsync(rest, SocketFlags.None, Closed).ConfigureAwait(false);
                rest = rest[sent..];
            }
            Output.Clear();
            return true;
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException or OperationCanceledException)
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
            while (!rest.IsEmpty) rest = rest[_socket.Send(rest)..];
            Output.Clear();
            return true;
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
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
        _closed.Cancel();
    }

    /// <summary>Ends the connection after what was sent. Closing a socket with unread input would reset the connection, and the client might never see the last
    /// message; so the client gets a moment to close its side.</summary>
    public async ValueTask DisposeAsync()
    {
        await _pipe.Reader.CompleteAsync().ConfigureAwait(false);
        if (Volatile.Read(ref _isClosed) == 0)
        {
            try
            {
                _socket.Shutdown(SocketShutdown.Send);
                await _pump.WaitAsync(LingerTime).ConfigureAwait(false);
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException or TimeoutException)
            {
                // It is over in any case.
            }
        }
        Abort();
        await _pump.ConfigureAwait(false);
        _closed.Dispose();
    }

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
}
