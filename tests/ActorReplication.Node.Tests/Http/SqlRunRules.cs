using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using ActorReplication.Node.Http.Sql;
using Xunit;

namespace ActorReplication.Node.Tests.Http;

/// <summary>What POST /api/sql answers when its session says this and no more.</summary>
public sealed class SqlRunRules
{
    private static readonly byte[] Ready = Message('Z', "I");
    private static readonly byte[] Inserted = Message('C', "INSERT 0 1\0");

    private static byte[] Message(char type, string body) => [(byte)type, 0, 0, 0, (byte)(body.Length + 4), .. Encoding.UTF8.GetBytes(body)];

    private static byte[] Error(string state) => Message('E', $"SERROR\0C{state}\0Mno\0\0");

    /// <param name="says">All that the session ever says: it closes after it.</param>
    private static async Task<(SqlFault? Fault, string Json)> RunAsync(bool receipt, params byte[][] says)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.LocalEndpoint);
        using var session = await listener.AcceptSocketAsync();
        await using var wire = new SqlWire(socket);
        var answer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(answer);
        json.WriteStartObject();
        var saying = SayAsync(session, says);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var fault = await new SqlRun(wire, new SqlRequest("INSERT", null, null, null, null, null, null, null, receipt), json).RunAsync("postgres", patience.Token);
        await saying.WaitAsync(patience.Token);
        if (fault is null) json.WriteEndObject();
        json.Flush();
        return (fault, Encoding.UTF8.GetString(answer.WrittenSpan));
    }

    private static async Task SayAsync(Socket session, byte[][] says)
    {
        foreach (var message in says)
            for (ReadOnlyMemory<byte> rest = message; !rest.IsEmpty;) rest = rest[await session.SendAsync(rest)..];
        session.Shutdown(SocketShutdown.Send);
    }

    /// <summary>A row of one column, of so many bytes.</summary>
    private static byte[] Row(int bytes)
    {
        var row = new byte[1 + 4 + 2 + 4 + bytes];
        row[0] = (byte)'D';
        BinaryPrimitives.WriteInt32BigEndian(row.AsSpan(1), row.Length - 1);
        row[6] = 1;
        BinaryPrimitives.WriteInt32BigEndian(row.AsSpan(7), bytes);
        row.AsSpan(11).Fill((byte)'x');
        return row;
    }

    [Fact]
    public async Task A_row_larger_than_the_answer_may_be_is_left_out_and_its_statement_is_done()
    {
        byte[] columns = [(byte)'T', 0, 0, 0, 26, 0, 1, (byte)'c', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 25, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0];
        var (fault, json) = await RunAsync(false, Ready, columns, Row(3), Row(SqlWire.MostBodyBytes), Message('C', "SELECT 2\0"), Ready);
        Assert.Null(fault);
        var result = JsonDocument.Parse(json).RootElement.GetProperty("results")[0];
        Assert.Equal("[[\"xxx\"]]", result.GetProperty("rows").GetRawText());
        Assert.True(result.GetProperty("truncated").GetBoolean());
    }

    [Fact]
    public async Task A_session_that_ends_before_the_request_was_sent_may_be_tried_again() => Assert.Equal(503, (await RunAsync(false)).Fault!.Status);

    [Fact]
    public async Task A_session_that_ends_without_an_answer_may_have_committed()
    {
        var fault = (await RunAsync(false, Ready)).Fault!;
        Assert.Equal((504, "40003"), (fault.Status, fault.SqlState));
        Assert.Contains("may have happened", fault.Detail);
        Assert.Contains("commitToken", fault.Hint);
        Assert.Equal(504, (await RunAsync(false, Ready, Inserted)).Fault!.Status);
    }

    [Fact]
    public async Task An_unknown_outcome_is_not_to_be_tried_again()
    {
        var fault = (await RunAsync(false, Ready, Error("40003"), Ready)).Fault!;
        Assert.Equal(504, fault.Status);
        Assert.Contains("commitToken", fault.Hint);
    }

    [Fact]
    public async Task A_refusal_stays_what_it_is_though_the_session_ends_after_it() => Assert.Equal((409, "40001"), await RunAsync(false, Ready, Error("40001")) is var (fault, _) ? (fault!.Status, fault.SqlState) : default);

    [Fact]
    public async Task A_commit_whose_receipt_is_lost_is_a_commit()
    {
        var (fault, json) = await RunAsync(true, Ready, Inserted, Ready, [(byte)'D', 0]);
        Assert.Null(fault);
        Assert.Equal("INSERT 0 1", (string?)JsonDocument.Parse(json).RootElement.GetProperty("results")[0].GetProperty("command").GetString());
        Assert.Equal(JsonValueKind.Null, JsonDocument.Parse(json).RootElement.GetProperty("receipt").ValueKind);
    }
}
