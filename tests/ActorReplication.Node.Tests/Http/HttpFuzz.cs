using System.Net;
using System.Net.Sockets;
using System.Text;
using ActorReplication.Tests;
using Xunit;
using Xunit.Abstractions;

namespace ActorReplication.Node.Tests.Http;

/// <summary>Requests of every kind with any change: answered or the connection is closed, never by a fault of the server's own.</summary>
public sealed class HttpFuzz(ITestOutputHelper output) : ApiFixture
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly (string Line, string Body)[] Requests =
    [
        ("GET /api/cluster", ""), ("GET /api/node", ""), ("GET /metrics", ""), ("GET /replica?lag=16MB&replication_state=streaming", ""), ("GET /api/log?from=1&to=20&full=true", ""), ("GET /api/log/positions", ""),
        ("GET /api/election/history", ""), ("GET /api/salvage", ""), ("GET /api/salvage/show?file=1-2-3.jsonl", ""), ("GET /api/members", ""), ("GET /api/config", ""), ("GET /api/config/history", ""), ("GET /openapi.json", ""),
        ("GET /ui/", ""), ("POST /api/leader/switchover", "{\"to\":\"n3\"}"), ("POST /api/leader/failover", "{\"to\":\"n2\"}"), ("POST /api/replication/policy", "{\"policy\":\"ANY 1 (n2, n3)\",\"onMissingAcks\":\"degrade-after 10s\"}"),
        ("POST /api/sql?leader=true", "{\"sql\":\"SELECT $1::int\",\"parameters\":[41,null,\"x\",{\"a\":[1]}]}"), ("POST /api/members", "{\"name\":\"n4\",\"address\":\"127.0.0.1:9\"}"), ("POST /api/users", "{\"name\":\"ada\",\"rights\":[\"reader\"]}"),
        ("POST /api/backup/take", "{\"to\":\"/nowhere/at/all\",\"rate\":5}"),
    ];

    [Fact]
    public async Task Any_request_is_answered_or_its_connection_closed() => await Fuzzing.RunAsync(output.WriteLine, async random =>
    {
        var (line, body) = Requests[random.Next(Requests.Length)];
        var bytes = Encoding.UTF8.GetBytes($"{line} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}");
        // One in three keeps its head, so that what is behind it is reached.
        var head = body.Length > 0 && random.Next(3) == 0 ? bytes.Length - body.Length : 0;
        byte[] changed = [.. bytes[..head], .. Fuzzing.Mutate(random, bytes.AsSpan(head))];
        var answer = await AskAsync(changed);
        Assert.False(answer.StartsWith("HTTP/1.1 500", StringComparison.Ordinal), $"{Encoding.UTF8.GetString(changed)}\n---\n{answer}");
        Assert.Equal(HttpStatusCode.OK, (await Http.GetAsync("/health")).StatusCode);
    });

    private async Task<string> AskAsync(byte[] request)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, Port);
        using var patience = new CancellationTokenSource(Patience);
        var answer = new StringBuilder();
        var buffer = new byte[8192];
        try
        {
            await socket.GetStream().WriteAsync(request, patience.Token);
            socket.Client.Shutdown(SocketShutdown.Send);
            while (await socket.GetStream().ReadAsync(buffer, patience.Token) is var count and > 0) answer.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }
        catch (Exception e) when (e is IOException or SocketException or InvalidOperationException)
        {
            // Closed amid of the request.
        }
        return answer.ToString();
    }
}
