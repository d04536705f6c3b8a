using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Security;

namespace ActorReplication.Postgres.Session;

/// <summary>CREATE, ALTER and DROP ROLE, GRANT and REVOKE of roles: entries in the log, like ALTER SYSTEM, and no part of a transaction.</summary>
internal sealed class RoleExecutor(SessionContext session, StatementExecutor executor)
{
    public async ValueTask RunAsync(ControlStatement statement)
    {
        var tag = ControlTag.Of(statement);
        if (session.Transaction.Status != BlockStatus.Idle || executor.HasPending || session.Transaction.IsBackendOpen)
            throw new PgException(SqlStates.ActiveSqlTransaction, $"{tag} cannot run inside a transaction block");
        RequireRight(statement);
        try
        {
            if (await session.Server.Gateway.ChangeRolesAsync(new RoleChange(tag, ChangeOf(statement)), session.Connection.Closed).ConfigureAwait(false) is { } error)
                throw new PgException(BackendErrors.ToPgError(error, null));
        }
        catch (RoleException refused)
        {
            throw new PgException(new PgError(refused.SqlState, refused.Message) { Hint = refused.Hint });
        }
        ServerLog.RolesChanged(session.Server.Log, session.User, Shown(statement, tag));
        session.Output.CommandComplete(tag);
    }

    /// <summary>Privileges on tables are not kept. Who grants them has to hear that nothing was granted, and who takes them away that nothing was taken.</summary>
    public static void Answer(SessionContext session, ControlStatement.GrantPrivileges grant, OutputBuffer output)
    {
        if (!grant.IsPublic)
        {
            session.Notice(output, new PgError(grant.IsRevoke ? SqlStates.PrivilegeNotRevoked : SqlStates.PrivilegeNotGranted, grant.IsRevoke ? "no privileges could be revoked" : "no privileges were granted")
            {
                Severity = PgError.Warning,
                Hint = "There are no privileges on single objects here: GRANT reader, writer, replication or admin TO a role.",
            });
        }
        output.CommandComplete(grant.IsRevoke ? "REVOKE" : "GRANT");
    }

    private void RequireRight(ControlStatement statement)
    {
        // Anybody may change the password that is his own.
        if (statement is ControlStatement.AlterRole { Options: { SetsPassword: true, Login: null, Admin: null, Replication: null } } alter && NameOf(alter.Name) == session.User && session.Rights.Now.CanLogin) return;
        session.Rights.RequireAdmin(statement switch
        {
            ControlStatement.CreateRole => "permission denied to create role",
            ControlStatement.DropRoles => "permission denied to drop role",
            ControlStatement.GrantRoles => "permission denied to grant role",
            _ => "permission denied to alter role",
        });
    }

    private Func<RoleSet, IReadOnlyList<KeyValuePair<string, Role?>>> ChangeOf(ControlStatement statement)
    {
        switch (statement)
        {
            case ControlStatement.CreateRole { Options: var options } create:
                var (made, rights) = (VerifierOf(options), RoleChanges.RightsOf(options.InRoles));
                return roles => RoleChanges.Create(roles, With(new Role(NameOf(create.Name), false, rights), options, made));
            case ControlStatement.AlterRole { Options: var options } alter:
                var verifier = VerifierOf(options);
                return roles => RoleChanges.Alter(roles, NameOf(alter.Name), role => With(role, options, verifier));
            case ControlStatement.DropRoles drop:
                string[] names = [.. drop.Names.Select(NameOf)];
                if (names.Contains(session.User)) throw new RoleException(SqlStates.ObjectInUse, "current user cannot be dropped");
                return roles => RoleChanges.Drop(roles, names, drop.IfExists ? TellMissing : null);
            case ControlStatement.GrantRoles grant:
                var granted = RoleChanges.RightsOf(grant.Granted);
                return roles => RoleChanges.Grant(roles, granted, grant.To.Select(NameOf), grant.IsRevoke);
            default:
                throw new PgException(SqlStates.FeatureNotSupported, "this statement is not supported");
        }
    }

    private void TellMissing(string name) => session.Notice(session.Output, new PgError("00000", $"role \"{name}\" does not exist, skipping") { Severity = PgError.Notice });

    private ScramVerifier? VerifierOf(RoleOptions options)
    {
        if (!options.SetsPassword || options.Password is not { } password) return null;
        if (password.Length > 0) return RoleChanges.VerifierOf(password);
        session.Notice(session.Output, new PgError("00000", "empty string is not a valid password, clearing password") { Severity = PgError.Notice });
        return null;
    }

    private static Role With(Role role, RoleOptions options, ScramVerifier? verifier)
    {
        var rights = Turn(Turn(role.Granted, Rights.Administer, options.Admin), Rights.Replicate, options.Replication);
        return role with { CanLogin = options.Login ?? role.CanLogin, Granted = rights, Verifier = options.SetsPassword ? verifier : role.Verifier };
    }

    private static Rights Turn(Rights rights, Rights one, bool? on) => on switch { null => rights, true => rights | one, false => rights & ~one };

    private string NameOf(string written) => written == ControlStatement.CurrentRole ? session.User : written;

    /// <summary>For the audit log: names, never passwords.</summary>
    private string Shown(ControlStatement statement, string tag) => statement switch
    {
        ControlStatement.CreateRole create => $"{tag} {NameOf(create.Name)}",
        ControlStatement.AlterRole alter => $"{tag} {NameOf(alter.Name)}{(alter.Options.SetsPassword ? " PASSWORD" : "")}",
        ControlStatement.DropRoles drop => $"{tag} {string.Join(", ", drop.Names.Select(NameOf))}",
        ControlStatement.GrantRoles grant => $"{tag} {string.Join(", ", grant.Granted)}: {string.Join(", ", grant.To.Select(NameOf))}",
        _ => tag,
    };
}
