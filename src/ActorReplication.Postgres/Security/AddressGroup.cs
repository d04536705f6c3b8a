using System.Net;
using System.Net.Sockets;

namespace ActorReplication.Postgres.Security;

/// <summary>What counts as one address where addresses are limited: whoever has one IPv6 address has 2^64 of them.</summary>
internal static class AddressGroup
{
    public static IPAddress Of(IPAddress address)
    {
        address = AccessRule.Plain(address);
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }
}
