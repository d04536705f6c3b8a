using System.Diagnostics;
using System.Net;
using ActorReplication.Node.Tests.EndToEnd;

namespace ActorReplication.Node.Tests.Nemesis.Hosts;

/// <summary>A network namespace for each node, all of them joined by a router in this process. Everything that it makes carries this process's number, and is removed with it, or by the next
/// one that finds the process gone.</summary>
internal sealed class Namespaces : IHosts
{
    private const string Folder = "/var/run/netns";
    private static int _made;

    private readonly string _prefix;
    private readonly List<Tun> _machines = [];
    private readonly List<string> _names = [];
    private readonly List<IDisposable> _ways = [];
    private readonly PacketRouter? _router;

    private Namespaces(int nodes, int seed)
    {
        var number = Environment.ProcessId * 7 + Interlocked.Increment(ref _made);
        _prefix = $"arn{Environment.ProcessId}-{_made}-";
        var subnet = $"10.98.{number % 250 + 1}";
        Links = new Links(nodes);
        Addresses = [.. Enumerable.Range(1, nodes).Select(i => new HostAddress($"{subnet}.{i}", 5432, 8008, 2551))];
        try
        {
            for (var i = 0; i < nodes; i++)
            {
                var name = _prefix + (i + 1);
                Run("ip", "netns", "add", name);
                _names.Add(name);
                _machines.Add(Tun.Open("t0", Path.Combine(Folder, name)));
                Run("ip", "-n", name, "link", "set", "lo", "up");
                Run("ip", "-n", name, "addr", "add", $"{Addresses[i].Host}/24", "dev", "t0");
                Run("ip", "-n", name, "link", "set", "t0", "up", "txqueuelen", "2000");
            }
            Addresses = [.. Addresses.Select(WithWays)];
            _router = new PacketRouter(_machines, [.. Addresses.Select(a => AsInPackets(a.Host))], Links, seed);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <returns>Null: this user, or this machine, has no network namespaces to give.</returns>
    public static Namespaces? TryMake(int nodes, int seed)
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root" || !File.Exists("/dev/net/tun")) return null;
        try
        {
            RemoveAbandoned();
            return new Namespaces(nodes, seed);
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    public IReadOnlyList<HostAddress> Addresses { get; }
    public Links Links { get; }
    Links? IHosts.Links => Links;

    public IReadOnlyList<string> LaunchOn(int node) => ["ip", "netns", "exec", _names[node]];

    public void Dispose()
    {
        foreach (var way in _ways) way.Dispose();
        _router?.Dispose();
        foreach (var machine in _machines) machine.Dispose();
        foreach (var name in _names) Run("ip", "netns", "del", name);
    }

    private HostAddress WithWays(HostAddress address, int node)
    {
        var maker = new SocketMaker(Path.Combine(Folder, _names[node]));
        var (pg, http) = (new Relay(maker, address.PgPort), new Relay(maker, address.HttpPort));
        _ways.AddRange([pg, http, maker]);
        return address with { ClientPgPort = pg.Port, ClientHttpPort = http.Port };
    }

    private static void RemoveAbandoned()
    {
        if (!Directory.Exists(Folder)) return;
        foreach (var name in Directory.EnumerateFiles(Folder, "arn*").Select(Path.GetFileName))
            if (int.TryParse(name!["arn".Length..].Split('-')[0], out var process) && !Directory.Exists($"/proc/{process}")) Run("ip", "netns", "del", name);
    }

    private static uint AsInPackets(string address) => BitConverter.ToUInt32(IPAddress.Parse(address).GetAddressBytes());

    private static void Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {errors}");
    }
}
