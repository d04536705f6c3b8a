using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Security;

namespace ActorReplication.Postgres.Session;

/// <summary>What a session may do: its role as it is now, not as it was at login. Used by the session's thread.</summary>
internal sealed class SessionRights(ISqlGateway gateway, Admission admission)
{
    private readonly string _name = admission.Role.Name;

    /// <summary>Null: not looked at yet. A right that was revoked while the login went on is not held either.</summary>
    private RoleSet? _roles;
    private Role _now = admission.Role;

    /// <summary>The role; without any rights once it has been dropped.</summary>
    public Role Now
    {
        get
        {
            var roles = gateway.Roles;
            if (ReferenceEquals(roles, _roles)) return _now;
            _roles = roles;
            // Who came in by trust under a name of his own, before there were roles, has none now; who showed a password or a certificate has what his role has, and nothing without it.
            return _now = (admission.IsTrusted ? roles.FindTrusted(_name) : roles.Find(_name)) ?? new Role(_name, false, Rights.None);
        }
    }

    /// <exception cref="PgException">42501.</exception>
    public void Require(Translation translation)
    {
        var now = Now;
        if (!translation.ReadOnly && !now.CanWrite) throw Denied($"permission denied to execute {translation.Tag}", "An admin can GRANT writer TO the role.");
        if (translation.UsesTables && !now.CanRead) throw Denied("permission denied for the database's tables", "An admin can GRANT reader TO the role.");
    }

    /// <summary>PostgreSQL lets anybody notify. Here a notification is an entry in the log, which every node stores and a commit waits for: readers listen.</summary>
    /// <exception cref="PgException">42501.</exception>
    public void RequireNotify()
    {
        if (!Now.CanWrite) throw Denied("permission denied to execute NOTIFY", "An admin can GRANT writer TO the role; LISTEN needs no right.");
    }

    /// <exception cref="PgException">42501.</exception>
    public void RequireAdmin(string refusal)
    {
        if (!Now.IsAdmin) throw Denied(refusal, "Only roles with admin (SUPERUSER) may do this.");
    }

    private static PgException Denied(string message, string hint) => new(new PgError(SqlStates.InsufficientPrivilege, message) { Hint = hint });
}
