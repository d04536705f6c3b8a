using System.Net;

namespace ActorReplication.Postgres.Session;

/// <summary>How a <see cref="PgServer"/> listens and what it says of itself.</summary>
public sealed record PgServerOptions
{
    /// <summary>Addresses to listen on, each at <see cref="Port"/>.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; init; } = [IPAddress.Loopback];

    /// <summary>0 = any free one (of the first address; the others then use the same).</summary>
    public int Port { get; init; } = 5432;

    /// <summary>Sessions at a time; more are told 53300. Who has not shown yet who he is has none (<see cref="StartingConnections"/>).</summary>
    public int MaxConnections { get; init; } = 1000;

    /// <summary>How many of the last of <see cref="MaxConnections"/> are for admins only (53300), as long as there is one for others.</summary>
    public int SuperuserReservedConnections { get; init; } = 3;

    /// <summary>Connections at a time that have not shown yet who they are. When there are more, the oldest of the address that has most is closed.</summary>
    public int StartingConnections { get; init; } = 200;

    /// <summary>Bytes of all temporary files that sessions keep results in, together (53100).</summary>
    public long SpoolBytes { get; init; } = 8L << 30;

    /// <summary>Such files at a time (53400).</summary>
    public int SpoolFiles { get; init; } = 256;

    /// <summary>The database's name. <c>postgres</c> names it too; any other is 3D000.</summary>
    public string Database { get; init; } = "postgres";

    /// <summary>Must begin with a PostgreSQL version, which drivers parse.</summary>
    public string ServerVersion { get; init; } = "15.14 (ActorReplication 0.1.0)";

    /// <summary>Defaults of settings, over the built-in ones (as postgresql.conf has them).</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    public SessionLimits Limits { get; init; } = new();

    /// <summary>Null: none, and who asks for it is told so.</summary>
    public Security.ServerTls? Tls { get; init; }

    /// <summary>Who may come from where; the first that fits counts, and none means no.</summary>
    public IReadOnlyList<Security.AccessRule> Access { get; init; } = Security.AccessRule.Defaults;

    /// <summary>How long a stop waits for running statements before it cuts them off.</summary>
    public TimeSpan StopTime { get; init; } = TimeSpan.FromSeconds(5);
}
