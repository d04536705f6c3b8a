using System.Security.Cryptography;
using ActorReplication.Postgres.Security;

namespace ActorReplication.Node.Gateway;

/// <summary>A role as the replicated settings hold it, under <c>role.NAME</c>: version, login, rights, verifier, a blank between
/// (<c>1 login reader,writer SCRAM-SHA-256$…</c>); <c>-</c> stands for none.</summary>
internal static class RoleText
{
    public const string Prefix = "role.";

    /// <summary>The secret of mock challenges: <c>1 BASE64</c>.</summary>
    public const string MockSecret = "auth.mock";

    private const string Version = "1";

    public static string Write(Role role) =>
        $"{Version} {(role.CanLogin ? "login" : "nologin")} {(role.Granted == Rights.None ? "-" : string.Join(',', BuiltInRoles.NamesOf(role.Granted)))} {role.Verifier?.ToString() ?? "-"}";

    /// <summary>What a newer release wrote, and this one cannot read, is a role without login and rights.</summary>
    public static Role Read(string name, string text)
    {
        var nobody = new Role(name, false, Rights.None);
        if (text.Split(' ') is not [Version, var login, var granted, var verifier] || login is not ("login" or "nologin")) return nobody;
        var rights = Rights.None;
        foreach (var one in granted == "-" ? [] : granted.Split(','))
        {
            if (BuiltInRoles.Find(one) is not { } right) return nobody;
            rights |= right;
        }
        var parsed = verifier == "-" ? null : ScramVerifier.Parse(verifier);
        return parsed is null && verifier != "-" ? nobody : new Role(name, login == "login", rights, parsed);
    }

    /// <summary>One that nobody has had.</summary>
    public static string NewSecret() => $"{Version} {Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))}";

    public static ReadOnlyMemory<byte> ReadSecret(string? text) => text?.Split(' ') is [Version, var secret] ? Convert.FromBase64String(secret) : default;

    /// <summary>A setting's value as it may be shown: without what passwords are checked by.</summary>
    public static string Shown(string name, string value)
    {
        if (name == MockSecret) return "(secret)";
        if (!name.StartsWith(Prefix, StringComparison.Ordinal)) return value;
        var role = Read(name[Prefix.Length..], value);
        return Write(role with { Verifier = null })[..^1] + (role.Verifier is null ? "-" : "(password)");
    }
}
