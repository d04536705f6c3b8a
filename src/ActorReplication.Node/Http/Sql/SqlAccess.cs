using System.Net;
using ActorReplication.Postgres.Security;

namespace ActorReplication.Node.Http.Sql;

/// <summary>As whom a request's SQL is carried out, by the rules that hold for SQL clients (postgres.hba): a local program must not get over HTTP what the SQL port would ask it a password for. Pure.</summary>
/// <param name="rules">The first that fits counts, none means no.</param>
internal sealed class SqlAccess(IReadOnlyList<AccessRule> rules)
{
    private const string Database = "postgres";

    /// <param name="named">Whom the request names (?user=); null: nobody.</param>
    /// <param name="isEncrypted">It came over HTTPS.</param>
    public SqlUser Decide(Caller caller, IPAddress? address, bool isEncrypted, string? named)
    {
        // Who has the token administers the node, or is a node that has asked already who it is.
        if (caller is Caller.TokenBearer) return new SqlUser.Is(named ?? RoleSet.Owner);
        var user = named ?? (caller is Caller.Named { Role.Name: var own } ? own : RoleSet.Owner);
        if (caller is Caller.Named { Role.Name: var shown } && shown != user) return new SqlUser.Refused($"{shown} cannot act as {user}");
        return rules.FirstOrDefault(r => r.Matches(address ?? IPAddress.None, isEncrypted, Database, user))?.Method switch
        {
            AccessMethod.Trust => new SqlUser.Is(user),
            AccessMethod.Scram when caller.IsKnown => new SqlUser.Is(user),
            AccessMethod.Scram => SqlUser.Unknown.Instance,
            AccessMethod.Certificate => new SqlUser.Refused($"postgres.hba lets {user} in by a client certificate only, which the HTTP port does not take"),
            _ => new SqlUser.Refused($"postgres.hba does not let {user} in from {address}, {(isEncrypted ? "SSL encryption" : "no encryption")}"),
        };
    }
}

/// <summary>What <see cref="SqlAccess"/> says.</summary>
internal abstract record SqlUser
{
    private SqlUser() { }

    /// <param name="Name">Its rights are looked up by the session.</param>
    public sealed record Is(string Name) : SqlUser;

    /// <summary>It has to show a password.</summary>
    public sealed record Unknown : SqlUser
    {
        public static Unknown Instance { get; } = new();
    }

    public sealed record Refused(string Why) : SqlUser;
}
