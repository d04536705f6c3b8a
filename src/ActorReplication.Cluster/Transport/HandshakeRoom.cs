using System.Net;

namespace ActorReplication.Cluster.Transport;

/// <summary>How many may be at their handshake at one time: whoever reaches the port may begin one, each has a thread, and who fills this room keeps nobody out who is in already, nor, alone, anybody else. Thread-safe.</summary>
internal sealed class HandshakeRoom(int most, int mostOfAnAddress)
{
    private readonly Lock _sync = new();
    private readonly Dictionary<IPAddress, int> _under = [];
    private int _count;

    /// <summary>False: there is no room. Else <see cref="Leave"/> is called once, however it ends.</summary>
    public bool TryEnter(IPAddress address)
    {
        lock (_sync)
        {
            var his = _under.GetValueOrDefault(address);
            if (_count >= most || his >= mostOfAnAddress) return false;
            _under[address] = his + 1;
            _count++;
            return true;
        }
    }

    public void Leave(IPAddress address)
    {
        lock (_sync)
        {
            if (_under[address] == 1) _under.Remove(address);
            else _under[address]--;
            _count--;
        }
    }
}
