using System.Net;

namespace ActorReplication.Postgres.Security;

public enum AccessMethod : byte { Trust, Reject, Scram, Certificate }

public enum AccessTransport : byte { Any, Encrypted, Plain }

/// <summary>One line of who may come from where, and how it shows who it is; written as in pg_hba.conf.</summary>
/// <param name="Network">Null: any address.</param>
public sealed record AccessRule(AccessTransport Transport, string Database, IReadOnlyList<string> Users, IPNetwork? Network, AccessMethod Method)
{
    private const string Form = "TYPE DATABASE USER ADDRESS METHOD is expected, as in pg_hba.conf: \"hostssl all all 10.0.0.0/8 scram-sha-256\"";

    /// <summary>What holds where no rules are given: on this machine nobody is asked, from elsewhere everybody.</summary>
    public static IReadOnlyList<AccessRule> Defaults { get; } =
    [
        Parse("host all all 127.0.0.0/8 trust"), Parse("host all all ::1/128 trust"), Parse("host all all all scram-sha-256"),
    ];

    /// <exception cref="FormatException">It is no such line; the message says what is wrong.</exception>
    public static AccessRule Parse(string line)
    {
        var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length != 5) throw new FormatException($"\"{line}\": {Form}");
        var transport = words[0] switch
        {
            "host" => AccessTransport.Any,
            "hostssl" => AccessTransport.Encrypted,
            "hostnossl" => AccessTransport.Plain,
            _ => throw new FormatException($"\"{words[0]}\": host, hostssl or hostnossl is expected"),
        };
        var method = words[4] switch
        {
            "trust" => AccessMethod.Trust,
            "reject" => AccessMethod.Reject,
            "scram-sha-256" => AccessMethod.Scram,
            "cert" => AccessMethod.Certificate,
            _ => throw new FormatException($"\"{words[4]}\": trust, reject, scram-sha-256 or cert is expected"),
        };
        if (method == AccessMethod.Certificate && transport != AccessTransport.Encrypted) throw new FormatException("cert: only hostssl lines can have it");
        return new AccessRule(transport, words[1], words[2].Split(',', StringSplitOptions.RemoveEmptyEntries), NetworkOf(words[3]), method);
    }

    public bool Matches(IPAddress address, bool isEncrypted, string database, string user)
    {
        if (Transport == (isEncrypted ? AccessTransport.Plain : AccessTransport.Encrypted)) return false;
        if (Database != "all" && Database != database) return false;
        if (!Users.Contains("all") && !Users.Contains(user)) return false;
        return Network is not { } network || network.Contains(Plain(address));
    }

    /// <summary>Whether the rules let some user into some database from there, encrypted or not. The first that fits each counts, so a rejection of all ends it.</summary>
    public static bool LetsAnybodyIn(IReadOnlyList<AccessRule> rules, IPAddress address, bool isEncrypted)
    {
        foreach (var rule in rules)
        {
            if (rule.Transport == (isEncrypted ? AccessTransport.Plain : AccessTransport.Encrypted) || rule.Network?.Contains(Plain(address)) == false) continue;
            if (rule.Method != AccessMethod.Reject) return true;
            if (rule.Database == "all" && rule.Users.Contains("all")) return false;
        }
        return false;
    }

    /// <summary>It can match somebody who is not on this machine.</summary>
    public bool ReachesBeyondLoopback => Network is not { } network || !IPAddress.IsLoopback(network.BaseAddress) || network.PrefixLength < (network.BaseAddress.GetAddressBytes().Length == 4 ? 8 : 128);

    public static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    /// <summary>Clients' addresses are compared as IPv4 where they are such: so are the rules'.</summary>
    private static IPNetwork Plain(IPNetwork network) =>
        network.BaseAddress.IsIPv4MappedToIPv6 && network.PrefixLength >= 96 ? new IPNetwork(network.BaseAddress.MapToIPv4(), network.PrefixLength - 96) : network;

    private static IPNetwork? NetworkOf(string text)
    {
        if (text == "all") return null;
        if (IPAddress.TryParse(text, out var single)) return new IPNetwork(Plain(single), Plain(single).GetAddressBytes().Length * 8);
        return IPNetwork.TryParse(text, out var network) ? Plain(network) : throw new FormatException($"\"{text}\": all, an address, or a network such as 10.0.0.0/8 is expected");
    }
}
