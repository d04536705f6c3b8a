using ActorReplication.Postgres.Dialect.Lexing;

namespace ActorReplication.Postgres.Dialect.Parsing;

/// <summary>CREATE, ALTER and DROP ROLE | USER | GROUP, GRANT and REVOKE of roles and of privileges.</summary>
internal sealed partial class Parser
{
    private ControlStatement? ReadRoleStatement(Token head)
    {
        var isRole = Ahead().IsWord("role") || Ahead().IsWord("user") || Ahead().IsWord("group");
        switch (head.Value)
        {
            case "create" when isRole && !Ahead(2).IsWord("mapping"):
                Take();
                var defaultLogin = Take().Value == "user";
                var name = RoleName();
                TryWord("with");
                var created = ReadRoleOptions(RoleOptions.None);
                return new ControlStatement.CreateRole(name, created with { Login = created.Login ?? defaultLogin });
            case "alter" when isRole && !Ahead(2).IsWord("mapping"):
                _next += 2;
                var altered = RoleName();
                if (IsWord("rename")) throw Unsupported("renaming a role", Current.Start, "Create another one and drop this one.");
                if (IsWord("set") || IsWord("reset") || IsWord("in")) throw Unsupported("a setting of a role", Current.Start, "Set it in the connection string: options=-c name=value.");
                if (IsWord("add") || IsWord("drop")) throw Unsupported("ALTER GROUP", Current.Start, "GRANT reader, writer, replication or admin TO the role.");
                TryWord("with");
                return new ControlStatement.AlterRole(altered, ReadRoleOptions(RoleOptions.None));
            case "drop" when isRole && !Ahead(2).IsWord("mapping"):
                _next += 2;
                var ifExists = IfExists();
                return new ControlStatement.DropRoles(CommaSeparated(RoleName), ifExists);
            case "grant" or "revoke":
                return ReadGrant(head);
            default:
                return null;
        }
    }

    private string RoleName()
    {
        if (TryAnyWord("current_user", "session_user", "current_role")) return ControlStatement.CurrentRole;
        return Name();
    }

    private RoleOptions ReadRoleOptions(RoleOptions options)
    {
        while (Current.Kind == TokenKind.Word)
        {
            var at = Current.Start;
            switch (Take().Value)
            {
                case "login": options = options with { Login = true }; break;
                case "nologin": options = options with { Login = false }; break;
                case "superuser": options = options with { Admin = true }; break;
                case "nosuperuser": options = options with { Admin = false }; break;
                case "replication": options = options with { Replication = true }; break;
                case "noreplication": options = options with { Replication = false }; break;
                // Without effect: there is one database, no row security, and rights are granted one by one.
                case "createdb" or "nocreatedb" or "nocreaterole" or "inherit" or "bypassrls" or "nobypassrls": break;
                case "createrole": throw Unsupported("CREATEROLE", at, "Only an admin manages roles: GRANT admin TO the role, or SUPERUSER.");
                case "noinherit": throw Unsupported("NOINHERIT", at, "A role has the rights that are granted to it.");
                case "encrypted":
                    Word("password");
                    options = ReadPassword(options);
                    break;
                case "password": options = ReadPassword(options); break;
                case "connection":
                    Word("limit");
                    if (IntegerLiteral() != -1) throw Unsupported("CONNECTION LIMIT", at, "postgres.max-connections is for all together.");
                    break;
                case "valid":
                    Word("until");
                    if (Take() is not { Kind: TokenKind.String, Value: "infinity" }) throw Unsupported("VALID UNTIL", at);
                    break;
                case "in":
                    if (!TryAnyWord("role", "group")) throw Unexpected();
                    options = options with { InRoles = [.. options.InRoles, .. CommaSeparated(RoleName)] };
                    break;
                case "role" or "user" or "admin" or "sysid": throw Unsupported($"CREATE ROLE … {Previous.Value.ToUpperInvariant()}", at, "GRANT reader, writer, replication or admin TO the roles.");
                default: throw Unexpected(Previous);
            }
        }
        return options;
    }

    private RoleOptions ReadPassword(RoleOptions options)
    {
        if (TryWord("null")) return options with { SetsPassword = true, Password = null };
        if (Current.Kind != TokenKind.String) throw Unexpected();
        return options with { SetsPassword = true, Password = Take().Value };
    }

    /// <summary>GRANT role TO somebody, or GRANT privilege ON something TO somebody: the second has no effect here, and says so.</summary>
    private ControlStatement ReadGrant(Token head)
    {
        var isRevoke = head.Value == "revoke";
        for (var i = 1; Ahead(i) is { Kind: not TokenKind.End } token && !token.IsSymbol(";") && !token.IsWord("to") && !token.IsWord("from"); i++)
        {
            if (!token.IsWord("on")) continue;
            SkipRest();
            return new ControlStatement.GrantPrivileges(isRevoke, Previous.IsWord("public") || Ahead(-1).IsWord("public"));
        }
        var at = Take().Start;
        if (isRevoke && IsWord("admin") && Ahead().IsWord("option")) throw Unsupported("ADMIN OPTION", at);
        var granted = CommaSeparated(RoleName);
        Word(isRevoke ? "from" : "to");
        var to = CommaSeparated(RoleName);
        if (IsWord("with")) throw Unsupported("WITH ADMIN OPTION", Current.Start, "Only an admin grants roles.");
        if (TryWords("granted", "by")) RoleName();
        if (isRevoke) TryAnyWord("cascade", "restrict");
        return new ControlStatement.GrantRoles(granted, to, isRevoke);
    }
}
