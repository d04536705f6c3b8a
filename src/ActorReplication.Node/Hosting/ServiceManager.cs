using System.Net.Sockets;
using System.Text;

namespace ActorReplication.Node.Hosting;

/// <summary>Tells systemd, if it started this process and wants to know (sd_notify(3)): that the node is up, what it is, that it lives, that it stops. Does nothing elsewhere.</summary>
internal sealed class ServiceManager : IDisposable
{
    private readonly Socket? _socket;
    private readonly UnixDomainSocketEndPoint? _to;
    private readonly TimeSpan? _watchdog;
    private ITimer? _timer;

    private ServiceManager(Socket? socket, UnixDomainSocketEndPoint? to, TimeSpan? watchdog) => (_socket, _to, _watchdog) = (socket, to, watchdog);

    /// <param name="variable">Reads an environment variable: NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID.</param>
    public static ServiceManager From(Func<string, string?> variable)
    {
        if (variable("NOTIFY_SOCKET") is not { Length: > 1 } path || path[0] is not ('/' or '@')) return new ServiceManager(null, null, null);
        var isOurs = variable("WATCHDOG_PID") is not { } process || process == Environment.ProcessId.ToString();
        var watchdog = isOurs && long.TryParse(variable("WATCHDOG_USEC"), out var microseconds) && microseconds > 0 ? TimeSpan.FromMicroseconds(microseconds) : (TimeSpan?)null;
        // An @ stands for the zero byte of a name that is in no file system.
        return new ServiceManager(new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified), new UnixDomainSocketEndPoint(path[0] == '@' ? "\0" + path[1..] : path), watchdog);
    }

    /// <summary>Up. From now on it says that it lives, twice in each of the manager's periods, for as long as <paramref name="lives"/> is true and the process gets around to asking.</summary>
    public void Ready(string status, Func<bool> lives)
    {
        Send($"READY=1\nSTATUS={status}");
        if (_watchdog is not { } period) return;
        _timer = TimeProvider.System.CreateTimer(_ => { if (lives()) Send("WATCHDOG=1"); }, null, TimeSpan.Zero, period / 2);
    }

    public void Status(string status) => Send("STATUS=" + status);

    public void Stopping() => Send("STOPPING=1\nSTATUS=handing over");

    public void Dispose()
    {
        _timer?.Dispose();
        _socket?.Dispose();
    }

    private void Send(string text)
    {
        if (_socket is null) return;
        try
        {
            _socket.SendTo(Encoding.UTF8.GetBytes(text), _to!);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The manager is gone, or this is over: there is nobody to tell.
        }
    }
}
