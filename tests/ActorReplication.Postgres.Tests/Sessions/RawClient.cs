using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ActorReplication.Postgres.Tests.Sessions;

/// <summary>A message as a server sent it.</summary>
internal sealed record Reply(char Type, byte[] Body)
{
    /// <summary>An error's or notice's field.</summary>
    public string? Field(char code)
    {
        for (var i = 0; i < Body.Length && Body[i] != 0;)
        {
            var end = Array.IndexOf(Body, (byte)0, i);
            if (Body[i] == code) return Encoding.UTF8.GetString(Body, i + 1, end - i - 1);
            i = end + 1;
        }
        return null;
    }

    public string CString => Encoding.UTF8.GetString(Body, 0, Array.IndexOf(Body, (byte)0));

    /// <summary>A DataRow's values as text.</summary>
    public string?[] Row()
    {
        var values = new string?[BinaryPrimitives.ReadInt16BigEndian(Body)];
        var position = 2;
        for (var i = 0; i < values.Length; i++)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(Body.AsSpan(position));
            position += 4;
            if (length < 0) continue;
            values[i] = Encoding.UTF8.GetString(Body, position, length);
            position += length;
        }
        return values;
    }

    /// <summary>One word that says what matters: "T", "D 1,a", "C SELECT 1", "E 42601", "Z I" …</summary>
    public override string ToString() => Type switch
    {
        'D' => "D " + string.Join(',', Row().Select(value => value ?? "null")),
        'C' => "C " + CString,
        'E' => $"{(Field('S') == "FATAL" ? "FATAL" : "E")} {Field('C')}",
        'N' => $"N {Field('C')}",
        'Z' => "Z " + (char)Body[0],
        'S' => "S " + CString + "=" + Encoding.UTF8.GetString(Body, CString.Length + 1, Body.Length - CString.Length - 2),
        't' => "t " + string.Join(',', Enumerable.Range(0, BinaryPrimitives.ReadInt16BigEndian(Body)).Select(i => BinaryPrimitives.ReadUInt32BigEndian(Body.AsSpan(2 + 4 * i)))),
        _ => Type.ToString(),
    };
}

/// <summary>Speaks the protocol byte by byte, right or wrong.</summary>
internal sealed class RawClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly Socket _socket;
    private readonly MemoryStream _unsent = new();

    private RawClient(Socket socket) => _socket = socket;

    public int ProcessId { get; private set; }
    public int Secret { get; private set; }

    public static async Task<RawClient> ConnectAsync(int port, IPAddress? address = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 64 * 1024 };
        await socket.ConnectAsync(address ?? IPAddress.Loopback, port);
        return new RawClient(socket);
    }

    public async Task StartupAsync(params (string Name, string Value)[] parameters)
    {
        if (!parameters.Any(parameter => parameter.Name == "user")) parameters = [("user", "postgres"), ("database", "postgres"), .. parameters];
        await SendAsync(StartupPacket(196608, parameters));
    }

    public static byte[] StartupPacket(int version, params (string Name, string Value)[] parameters)
    {
        var body = new List<byte>([.. Int32(version)]);
        foreach (var (name, value) in parameters) body.AddRange([.. Text(name), .. Text(value)]);
        body.Add(0);
        return [.. Int32(body.Count + 4), .. body];
    }

    public async Task SendAsync(byte[] bytes)
    {
        while (bytes.Length > 0) bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None)..];
    }

    /// <summary>Adds a message to the next <see cref="FlushAsync"/>.</summary>
    public RawClient Add(char type, params byte[][] parts)
    {
        var length = parts.Sum(part => part.Length);
        _unsent.WriteByte((byte)type);
        _unsent.Write(Int32(length + 4));
        foreach (var part in parts) _unsent.Write(part);
        return this;
    }

    public RawClient Query(string sql) => Add('Q', Text(sql));
    public RawClient Parse(string sql, string name = "", params int[] types) => Add('P', Text(name), Text(sql), Int16(types.Length), [.. types.SelectMany(Int32)]);

    public RawClient Bind(string statement = "", string portal = "", string?[]? values = null, bool binaryResults = false) =>
        Add('B', Text(portal), Text(statement), Int16(0), Int16(values?.Length ?? 0),
            [.. (values ?? []).SelectMany(value => value is null ? Int32(-1) : [.. Int32(Encoding.UTF8.GetByteCount(value)), .. Encoding.UTF8.GetBytes(value)])],
            binaryResults ? [.. Int16(1), .. Int16(1)] : Int16(0));

    public RawClient DescribePortal(string name = "") => Add('D', [(byte)'P'], Text(name));
    public RawClient DescribeStatement(string name = "") => Add('D', [(byte)'S'], Text(name));
    public RawClient Execute(string portal = "", int maxRows = 0) => Add('E', Text(portal), Int32(maxRows));
    public RawClient Sync() => Add('S');

    public async Task FlushAsync()
    {
        var bytes = _unsent.ToArray();
        _unsent.SetLength(0);
        await SendAsync(bytes);
    }

    /// <summary>Sends what was added and returns the answers up to and including ReadyForQuery, without ParameterStatus.</summary>
    public async Task<string[]> AskAsync()
    {
        await FlushAsync();
        return [.. (await UntilReadyAsync()).Where(reply => reply.Type != 'S').Select(reply => reply.ToString())];
    }

    public Task<string[]> AskAsync(string sql) => Query(sql).AskAsync();

    public async Task<List<Reply>> UntilReadyAsync()
    {
        var replies = new List<Reply>();
        while (true)
        {
            var reply = await ReadAsync() ?? throw new InvalidOperationException("the server closed the connection after: " + string.Join("; ", replies));
            replies.Add(reply);
            if (reply.Type == 'K') (ProcessId, Secret) = (BinaryPrimitives.ReadInt32BigEndian(reply.Body), BinaryPrimitives.ReadInt32BigEndian(reply.Body.AsSpan(4)));
            if (reply.Type == 'Z' || reply.Type == 'E' && reply.Field('S') == "FATAL") return replies;
        }
    }

    /// <summary>The next message; null when the server has closed.</summary>
    public async Task<Reply?> ReadAsync()
    {
        if (await ExactlyAsync(5) is not { } header) return null;
        var body = await ExactlyAsync(BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(1)) - 4) ?? throw new InvalidOperationException("half a message");
        return new Reply((char)header[0], body);
    }

    public async Task<byte[]?> ExactlyAsync(int count)
    {
        var bytes = new byte[count];
        using var patience = new CancellationTokenSource(Patience);
        for (var have = 0; have < count;)
        {
            int received;
            try { received = await _socket.ReceiveAsync(bytes.AsMemory(have), SocketFlags.None, patience.Token); }
            catch (SocketException) { return null; }
            if (received == 0) return have == 0 ? null : throw new InvalidOperationException("half a message");
            have += received;
        }
        return bytes;
    }

    /// <summary>Waits for the server to close; the messages before that.</summary>
    public async Task<List<string>> UntilClosedAsync()
    {
        var replies = new List<string>();
        while (await ReadAsync() is { } reply) replies.Add(reply.ToString());
        return replies;
    }

    public void ShutdownSend() => _socket.Shutdown(SocketShutdown.Send);

    public void Dispose() => _socket.Dispose();

    public static byte[] Text(string text) => [.. Encoding.UTF8.GetBytes(text), 0];

    public static byte[] Int16(int value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteInt16BigEndian(bytes, (short)value);
        return bytes;
    }

    public static byte[] Int32(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
