using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;

namespace ActorReplication.Node.Http.Sql;

/// <summary>A client of the node's own SQL port, over a connection that never leaves the process: as much of PostgreSQL's protocol 3.0 as one request needs.</summary>
internal sealed class SqlWire : IAsyncDisposable
{
    /// <summary>Of a message's body. Larger ones are not gathered: no answer over HTTP is to be so large.</summary>
    public const int MostBodyBytes = 16 << 20;

    private readonly Socket _socket;
    private readonly PipeReader _input;
    private readonly ArrayBufferWriter<byte> _output = new(1024);

    public SqlWire(Socket socket)
    {
        _socket = socket;
        _input = PipeReader.Create(new NetworkStream(socket, ownsSocket: false));
    }

    public void Startup(IEnumerable<(string Name, string Value)> parameters)
    {
        var body = new ArrayBufferWriter<byte>();
        Int32(body, 196608);
        foreach (var (name, value) in parameters)
        {
            Text(body, name);
            Text(body, value);
        }
        Byte(body, 0);
        Int32(_output, body.WrittenCount + 4);
        _output.Write(body.WrittenSpan);
    }

    public void Parse(string sql) => Message('P', body =>
    {
        Byte(body, 0);
        Text(body, sql);
        Int16(body, 0);
    });

    /// <summary>All values and all results as text.</summary>
    public void Bind(IReadOnlyList<string?> values) => Message('B', body =>
    {
        Byte(body, 0);
        Byte(body, 0);
        Int16(body, 0);
        Int16(body, values.Count);
        foreach (var value in values)
        {
            if (value is null)
            {
                Int32(body, -1);
                continue;
            }
            Int32(body, Encoding.UTF8.GetByteCount(value));
            Encoding.UTF8.GetBytes(value, body);
        }
        Int16(body, 0);
    });

    public void Describe() => Message('D', body =>
    {
        Byte(body, (byte)'P');
        Byte(body, 0);
    });

    public void Execute(int maxRows) => Message('E', body =>
    {
        Byte(body, 0);
        Int32(body, maxRows);
    });

    public void Sync() => Message('S', _ => { });

    /// <summary>Ends a COPY FROM STDIN that no rows will be sent for.</summary>
    public void CopyFail(string why) => Message('f', body => Text(body, why));

    public void Query(string sql) => Message('Q', body => Text(body, sql));

    /// <summary>Sends what was said. Answers have to be read meanwhile.</summary>
    public async Task FlushAsync(CancellationToken cancellation)
    {
        var rest = _output.WrittenMemory;
        while (!rest.IsEmpty) rest = rest[await _socket.SendAsync(rest, SocketFlags.None, cancellation)..];
        _output.ResetWrittenCount();
    }

    /// <summary>The next message; its body is the caller's to keep: null if it is larger than <see cref="MostBodyBytes"/>, and passed over. Null: the other side has closed.</summary>
    public async ValueTask<(char Type, byte[]? Body)?> NextAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var read = await _input.ReadAsync(cancellation);
            var buffer = read.Buffer;
            if (buffer.Length >= 5)
            {
                var (type, length) = Head(buffer.Slice(0, 5));
                if (length - 4 > MostBodyBytes)
                {
                    _input.AdvanceTo(buffer.GetPosition(5));
                    return await PassAsync(length - 4, cancellation) ? (type, null) : null;
                }
                if (buffer.Length >= length + 1)
                {
                    var body = buffer.Slice(5, length - 4).ToArray();
                    _input.AdvanceTo(buffer.GetPosition(length + 1));
                    return (type, body);
                }
            }
            _input.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted) return null;
        }
    }

    /// <summary>False: the other side has closed before.</summary>
    private async ValueTask<bool> PassAsync(long bytes, CancellationToken cancellation)
    {
        while (bytes > 0)
        {
            var read = await _input.ReadAsync(cancellation);
            var passed = Math.Min(bytes, read.Buffer.Length);
            _input.AdvanceTo(read.Buffer.GetPosition(passed));
            bytes -= passed;
            if (read.IsCompleted && bytes > 0) return false;
        }
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await _input.CompleteAsync();
        _socket.Dispose();
    }

    private static (char Type, int Length) Head(ReadOnlySequence<byte> bytes)
    {
        Span<byte> head = stackalloc byte[5];
        bytes.CopyTo(head);
        return ((char)head[0], BinaryPrimitives.ReadInt32BigEndian(head[1..]));
    }

    private void Message(char type, Action<ArrayBufferWriter<byte>> write)
    {
        var body = new ArrayBufferWriter<byte>();
        write(body);
        Byte(_output, (byte)type);
        Int32(_output, body.WrittenCount + 4);
        _output.Write(body.WrittenSpan);
    }

    private static void Byte(ArrayBufferWriter<byte> to, byte value)
    {
        to.GetSpan(1)[0] = value;
        to.Advance(1);
    }

    private static void Int16(ArrayBufferWriter<byte> to, int value)
    {
        BinaryPrimitives.WriteInt16BigEndian(to.GetSpan(2), unchecked((short)(ushort)value));
        to.Advance(2);
    }

    private static void Int32(ArrayBufferWriter<byte> to, int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(to.GetSpan(4), value);
        to.Advance(4);
    }

    private static void Text(ArrayBufferWriter<byte> to, string text)
    {
        Encoding.UTF8.GetBytes(text, to);
        Byte(to, 0);
    }
}
