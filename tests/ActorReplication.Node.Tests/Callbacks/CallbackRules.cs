using System.Net;
using System.Net.Sockets;
using System.Text;
using ActorReplication.Node.Callbacks;
using Xunit;

namespace ActorReplication.Node.Tests.Callbacks;

/// <summary>A real program and a real request.</summary>
public sealed class CallbackRules : IDisposable
{
    private static readonly RoleEvent Promoted = new(RoleEvent.RoleChange, "n1", RoleEvent.Primary, "replication", 7, "n1");
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ar-callbacks-");
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(20));

    public void Dispose()
    {
        _patience.Dispose();
        _folder.Delete(true);
    }

    [Fact]
    public async Task Program_gets_event_role_and_cluster_as_Patronis_does_and_the_rest_in_its_environment()
    {
        var said = Path.Combine(_folder.FullName, "said");
        await new ProgramCallback(Script($"echo \"$1 $2 $3 $ACTOR_REPLICATION_NODE $ACTOR_REPLICATION_TERM $ACTOR_REPLICATION_LEADER\" > {said}")).CallAsync(Promoted, _patience.Token);
        Assert.Equal("on_role_change primary replication n1 7 n1\n", await File.ReadAllTextAsync(said));
    }

    [Fact]
    public async Task Program_that_fails_or_cannot_be_run_is_a_failure_that_says_so()
    {
        Assert.Contains("code 3", (await Assert.ThrowsAsync<InvalidOperationException>(() => new ProgramCallback(Script("exit 3")).CallAsync(Promoted, _patience.Token))).Message);
        Assert.Contains("callbacks.program", (await Assert.ThrowsAsync<InvalidOperationException>(() => new ProgramCallback("/nowhere").CallAsync(Promoted, _patience.Token))).Message);
    }

    [Fact]
    public async Task Program_that_hangs_is_ended_with_its_children()
    {
        var child = Path.Combine(_folder.FullName, "child");
        using var patience = new CancellationTokenSource();
        var call = new ProgramCallback(Script($"sleep 600 & echo $! > {child}.new; mv {child}.new {child}; wait")).CallAsync(Promoted, patience.Token);
        while (!File.Exists(child)) await Task.Delay(10, _patience.Token);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        var pid = (await File.ReadAllTextAsync(child)).Trim();
        while (Directory.Exists($"/proc/{pid}") && !(await File.ReadAllTextAsync($"/proc/{pid}/stat")).Contains(") Z ", StringComparison.Ordinal)) await Task.Delay(10, _patience.Token);
    }

    [Theory]
    [InlineData(204, null)]
    [InlineData(500, "answered 500")]
    [InlineData(302, "answered 302")]
    public async Task Webhook_is_sent_json_and_only_a_2xx_is_a_yes(int code, string? failure)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var call = new WebhookCallback(new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/roles")).CallAsync(Promoted, _patience.Token);
        using var client = await listener.AcceptTcpClientAsync(_patience.Token);
        var request = new StringBuilder();
        var buffer = new byte[4096];
        while (!request.ToString().Contains('}', StringComparison.Ordinal)) request.Append(Encoding.UTF8.GetString(buffer, 0, await client.GetStream().ReadAsync(buffer, _patience.Token)));
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {code} X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"), _patience.Token);
        if (failure is null) await call;
        else Assert.Contains(failure, (await Assert.ThrowsAsync<InvalidOperationException>(() => call)).Message);
        Assert.StartsWith("POST /roles ", request.ToString());
        Assert.Contains("""{"event":"on_role_change","node":"n1","role":"primary","cluster":"replication","term":7,"leader":"n1"}""", request.ToString());
    }

    private string Script(string body)
    {
        var file = Path.Combine(_folder.FullName, "callback.sh");
        File.WriteAllText(file, $"#!/bin/sh\n{body}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return file;
    }
}
