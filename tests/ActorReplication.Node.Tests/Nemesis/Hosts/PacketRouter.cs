using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ActorReplication.Node.Tests.Nemesis.Hosts;

/// <summary>Carries packets between machines, as well as their links allow. One thread.</summary>
internal sealed class PacketRouter : IDisposable
{
    private const int LargestPacket = 65536, AtOnce = 64, IdleMs = 20;
    private const double QueueMs = 400;
    private const short CanRead = 1;

    private readonly IReadOnlyList<Tun> _machines;
    private readonly Links _links;
    private readonly Random _random;
    private readonly PriorityQueue<(int To, byte[] Packet), double> _underWay = new();
    private readonly Dictionary<uint, int> _machineOf;
    private readonly Thread _thread;
    private volatile bool _stopping;

    /// <param name="addresses">IPv4, one for each machine, as it stands in packets.</param>
    public PacketRouter(IReadOnlyList<Tun> machines, IReadOnlyList<uint> addresses, Links links, int seed)
    {
        _machines = machines;
        _links = links;
        _random = new Random(seed);
        _machineOf = addresses.Select((a, i) => (a, i)).ToDictionary(p => p.a, p => p.i);
        _thread = new Thread(Run) { Name = "packets", IsBackground = true };
        _thread.Start();
    }

    public void Dispose()
    {
        _stopping = true;
        _thread.Join();
    }

    private static double Now => Stopwatch.GetTimestamp() * 1000.0 / Stopwatch.Frequency;

    private void Run()
    {
        var polled = _machines.Select(m => new Polled { Descriptor = m.Descriptor, Wanted = CanRead }).ToArray();
        var buffer = new byte[LargestPacket];
        while (!_stopping)
        {
            Deliver();
            var wait = _underWay.TryPeek(out _, out var due) ? Math.Clamp((int)(due - Now + 0.9), 0, IdleMs) : IdleMs;
            if (Poll(polled, (nuint)polled.Length, wait) <= 0) continue;
            for (var from = 0; from < polled.Length; from++)
            {
                if ((polled[from].Seen & CanRead) == 0) continue;
                for (var left = AtOnce; left > 0 && _machines[from].Read(buffer) is > 0 and var bytes; left--) Route(from, buffer, bytes);
            }
        }
    }

    private void Deliver()
    {
        var now = Now;
        while (_underWay.TryPeek(out var next, out var due) && due <= now)
        {
            _underWay.Dequeue();
            _machines[next.To].Write(next.Packet, next.Packet.Length);
        }
    }

    private void Route(int from, byte[] packet, int bytes)
    {
        if (bytes < 20 || packet[0] >> 4 != 4 || !_machineOf.TryGetValue(BitConverter.ToUInt32(packet, 16), out var to)) return;
        var link = _links[from, to];
        var state = link.State;
        if (state.IsCut || Chance(state.LossPerMille)) return;
        var (now, at) = (Now, Now);
        if (state.BytesPerSecond > 0)
        {
            link.FreeAt = Math.Max(link.FreeAt, now) + bytes * 1000.0 / state.BytesPerSecond;
            // The queue before the wire is full.
            if (link.FreeAt - now > QueueMs) return;
            at = link.FreeAt;
        }
        at += state.DelayMs + (state.JitterMs > 0 ? _random.NextDouble() * state.JitterMs : 0);
        if (Chance(state.DuplicatePerMille)) _underWay.Enqueue((to, packet.AsSpan(0, bytes).ToArray()), at);
        if (at <= now && _underWay.Count == 0) _machines[to].Write(packet, bytes);
        else _underWay.Enqueue((to, packet.AsSpan(0, bytes).ToArray()), at);
    }

    private bool Chance(int perMille) => perMille > 0 && _random.Next(1000) < perMille;

    [DllImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static extern int Poll([In, Out] Polled[] polled, nuint count, int timeoutMs);

    [StructLayout(LayoutKind.Sequential)]
    private struct Polled
    {
        public int Descriptor;
        public short Wanted;
        public short Seen;
    }
}
