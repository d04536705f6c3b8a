using System.Globalization;
using ActorReplication.Core.Membership;
using ActorReplication.Node.Configuration;

namespace ActorReplication.Node.Http;

/// <summary>What of a member can be changed by name: <c>member tag NAME key=value</c>.</summary>
internal static class MemberTags
{
    public const string Known = "failover-priority (0 to 1000; 0 = leads only to hand on), no-sync (true: never waited for), zone (a text), apply-delay (a duration such as 1h: readers see only what is older; 0 = none), address (host:port)";

    private const int MostZoneLength = 63;

    /// <returns>Null, or what is wrong with the value.</returns>
    /// <param name="value">Empty: back to the default.</param>
    public static string? Set(ref Member member, string key, string value)
    {
        switch (key)
        {
            case "failover-priority":
                if (ConfigValue.Count(value.Length == 0 ? "100" : value) is not (>= 0 and <= 1000 and var priority)) return $"failover-priority: \"{value}\" is not a whole number from 0 to 1000";
                member = member with { FailoverPriority = (int)priority };
                return null;
            case "no-sync":
                if (ConfigValue.Flag(value.Length == 0 ? "false" : value) is not { } noSync) return $"no-sync: \"{value}\" is not true or false";
                member = member with { NoSync = noSync };
                return null;
            case "zone":
                if (value.Length > MostZoneLength || value.Any(char.IsControl)) return $"zone: at most {MostZoneLength} characters, none of them a control character";
                member = member with { Zone = value };
                return null;
            case "apply-delay":
                if (ConfigValue.Milliseconds(value.Length == 0 ? "0" : value) is not (>= 0 and <= ConfigChanges.MostApplyDelayMs and var delay))
                    return $"apply-delay: \"{value}\" is not a duration from 0 to {ConfigChanges.MostApplyDelayMs / 3_600_000}h, such as 30s, 10m or 1h";
                member = member with { ApplyDelayMs = delay };
                return null;
            case "address":
                if (!IsAddress(value)) return $"address: \"{value}\" is not host:port";
                member = member with { Address = value };
                return null;
            default:
                return $"no tag \"{key}\"; there are: {Known}";
        }
    }

    /// <summary>host:port of a node's own traffic.</summary>
    public static bool IsAddress(string text) => text.Length <= ConfigChanges.MostTagLength && !text.Contains('@') && ConfigValue.Peer("x@" + text) is not null;

    public static string Delay(long milliseconds) => milliseconds switch
    {
        0 => "0",
        _ when milliseconds % 3_600_000 == 0 => (milliseconds / 3_600_000).ToString(CultureInfo.InvariantCulture) + "h",
        _ when milliseconds % 60_000 == 0 => (milliseconds / 60_000).ToString(CultureInfo.InvariantCulture) + "m",
        _ when milliseconds % 1000 == 0 => (milliseconds / 1000).ToString(CultureInfo.InvariantCulture) + "s",
        _ => milliseconds.ToString(CultureInfo.InvariantCulture) + "ms",
    };
}
