using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Dialect.Parsing;
using Xunit;

namespace ActorReplication.Postgres.Tests.Dialect;

public sealed class RoleStatements
{
    private static ControlStatement Read(string sql) => Assert.Single(Parser.Parse(sql)).Control!;

    [Fact]
    public void A_user_may_log_in_and_a_role_may_not_unless_it_is_said()
    {
        Assert.True(Assert.IsType<ControlStatement.CreateRole>(Read("CREATE USER ada")).Options.Login);
        Assert.False(Assert.IsType<ControlStatement.CreateRole>(Read("CREATE ROLE ada")).Options.Login);
        Assert.True(Assert.IsType<ControlStatement.CreateRole>(Read("CREATE ROLE ada LOGIN")).Options.Login);
    }

    [Fact]
    public void Options_come_in_any_order()
    {
        var role = Assert.IsType<ControlStatement.CreateRole>(Read("create role \"Ada\" with superuser noreplication inherit connection limit -1 encrypted password 'x''y' login in role reader, writer valid until 'infinity'"));
        Assert.Equal(("Ada", true, false, true, "x'y"), (role.Name, role.Options.Admin, role.Options.Replication, role.Options.Login, role.Options.Password));
        Assert.Equal(["reader", "writer"], role.Options.InRoles);
        Assert.DoesNotContain("x'y", role.ToString());
    }

    [Fact]
    public void Passwords_are_set_and_taken_away()
    {
        var set = Assert.IsType<ControlStatement.AlterRole>(Read("ALTER USER CURRENT_USER PASSWORD 'secret'"));
        Assert.Equal((ControlStatement.CurrentRole, true, "secret"), (set.Name, set.Options.SetsPassword, set.Options.Password));
        var taken = Assert.IsType<ControlStatement.AlterRole>(Read("ALTER ROLE ada WITH PASSWORD NULL")).Options;
        Assert.True(taken is { SetsPassword: true, Password: null, Login: null });
    }

    [Fact]
    public void Roles_are_granted_and_privileges_on_objects_are_something_else()
    {
        var grant = Assert.IsType<ControlStatement.GrantRoles>(Read("GRANT reader, pg_write_all_data TO ada, bob"));
        Assert.Equal(["reader", "pg_write_all_data"], grant.Granted);
        Assert.Equal(["ada", "bob"], grant.To);
        Assert.False(grant.IsRevoke);
        Assert.True(Assert.IsType<ControlStatement.GrantRoles>(Read("REVOKE admin FROM ada CASCADE")).IsRevoke);
        Assert.False(Assert.IsType<ControlStatement.GrantPrivileges>(Read("GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO ada")).IsPublic);
        Assert.True(Assert.IsType<ControlStatement.GrantPrivileges>(Read("REVOKE ALL ON SCHEMA public FROM PUBLIC")).IsPublic);
        Assert.Equal(["a", "b"], Assert.IsType<ControlStatement.DropRoles>(Read("DROP USER IF EXISTS a, b")).Names);
    }

    [Theory]
    [InlineData("CREATE ROLE a CREATEROLE", "0A000")]
    [InlineData("CREATE ROLE a VALID UNTIL '2030-01-01'", "0A000")]
    [InlineData("CREATE ROLE a CONNECTION LIMIT 3", "0A000")]
    [InlineData("ALTER ROLE a RENAME TO b", "0A000")]
    [InlineData("ALTER ROLE a SET work_mem = '1GB'", "0A000")]
    [InlineData("GRANT reader TO a WITH ADMIN OPTION", "0A000")]
    [InlineData("CREATE USER MAPPING FOR a SERVER s", "0A000")]
    [InlineData("CREATE ROLE a PASSWORD", "42601")]
    [InlineData("CREATE ROLE a SOMETHING", "42601")]
    [InlineData("CREATE ROLE", "42601")]
    [InlineData("GRANT", "42601")]
    [InlineData("GRANT reader", "42601")]
    [InlineData("DROP ROLE", "42601")]
    public void What_is_not_known_is_refused(string sql, string state) => Assert.Equal(state, Assert.Throws<DialectException>(() => Parser.Parse(sql)).SqlState);
}
