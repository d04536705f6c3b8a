using System.Net.Sockets;
using System.Text;
using ActorReplication.Node.Hosting;
using Xunit;

namespace ActorReplication.Node.Tests.Deployment;

public sealed class ServiceManagerRules : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"ar-notify-{Guid.NewGuid():N}");
    private readonly Socket _systemd = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public ServiceManagerRules()
    {
        _systemd.Bind(new UnixDomainSocketEndPoint(_path));
        _systemd.ReceiveTimeout = 10_000;
    }

    public void Dispose()
    {
        _systemd.Dispose();
        File.Delete(_path);
    }

    [Fact]
    public void The_manager_hears_that_the_node_is_up_lives_changes_and_stops()
    {
        using var manager = From(("NOTIFY_SOCKET", _path), ("WATCHDOG_USEC", "200000"));
        manager.Ready("leader in term 3", () => true);
        Assert.Equal("READY=1\nSTATUS=leader in term 3", Next());
        Assert.Equal(["WATCHDOG=1", "WATCHDOG=1"], [Next(), Next()]);
        manager.Stopping();
        while (Next() is var said && said != "STOPPING=1\nSTATUS=handing over") Assert.Equal("WATCHDOG=1", said);
    }

    [Fact]
    public void A_node_that_does_not_live_is_silent()
    {
        using var manager = From(("NOTIFY_SOCKET", _path), ("WATCHDOG_USEC", "20000"));
        manager.Ready("follower", () => false);
        manager.Status("still here");
        Assert.Equal("READY=1\nSTATUS=follower", Next());
        Assert.Equal("STATUS=still here", Next());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("relative")]
    public void Without_a_manager_nothing_happens(string? path)
    {
        using var manager = From(("NOTIFY_SOCKET", path));
        manager.Ready("", () => true);
        manager.Stopping();
    }

    [Fact]
    public void A_watchdog_that_is_another_process_affair_is_left_alone()
    {
        using var manager = From(("NOTIFY_SOCKET", _path), ("WATCHDOG_USEC", "1000"), ("WATCHDOG_PID", "1"));
        manager.Ready("x", () => true);
        manager.Status("y");
        Assert.Equal(["READY=1\nSTATUS=x", "STATUS=y"], [Next(), Next()]);
    }

    private static ServiceManager From(params (string Name, string? Value)[] variables) => ServiceManager.From(name => variables.FirstOrDefault(v => v.Name == name).Value);

    private string Next()
    {
        var buffer = new byte[512];
        return Encoding.UTF8.GetString(buffer, 0, _systemd.Receive(buffer));
    }
}
