using System.Net;
using System.Text;
using ActorReplication.Node.Configuration;
using ActorReplication.Node.Gateway;
using ActorReplication.Node.Http;
using ActorReplication.Node.Tests.Configuration;
using ActorReplication.Node.Tests.Gateway;
using ActorReplication.Postgres.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ActorReplication.Node.Tests.Http;

/// <summary>Whom the HTTP port lets in to what, once it asks.</summary>
public sealed class GuardRules : IDisposable
{
    private readonly ConfigFolder _folder = new();
    private readonly FakeNode _node = new();
    private readonly string _tokenFile;

    public GuardRules()
    {
        _tokenFile = _folder.Write("token", "the token\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_tokenFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _node.Set(RoleText.MockSecret, RoleText.NewSecret());
        Write(new Role("ada", true, Rights.Read, ScramVerifier.Of("of ada", [1], 1)));
        Write(new Role("root", true, Rights.Administer, ScramVerifier.Of("of root", [1], 1)));
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("POST", "/api/users/add", "", 401)]
    [InlineData("POST", "/api/users/add", "ada:of ada", 403)]
    [InlineData("POST", "/api/users/add", "root:of root", 200)]
    [InlineData("POST", "/api/users/add", "Bearer the token", 200)]
    [InlineData("POST", "/api/users/add", "Bearer the tokem", 401)]
    [InlineData("POST", "/api/sql", "", 401)]
    [InlineData("POST", "/api/sql", "ada:of bob", 401)]
    [InlineData("POST", "/api/sql", "ada:of ada", 200)]
    [InlineData("POST", "/API/SQL/", "ada:of ada", 200)]
    [InlineData("GET", "/api/log", "ada:of ada", 403)]
    [InlineData("GET", "/API/node", "", 401)]
    [InlineData("GET", "/metrics", "ada:of bob", 200)]
    [InlineData("GET", "/api/node", "ada:of bob", 200)]
    public async Task Admins_may_everything_roles_may_use_SQL_and_everybody_may_look_at_the_state(string method, string path, string shown, int status) =>
        Assert.Equal(status, (await AskAsync(Guard(), method, path, shown)).Status);

    [Fact]
    public async Task What_comes_after_it_knows_who_it_is()
    {
        Assert.Equal("ada", Assert.IsType<Caller.Named>((await AskAsync(Guard(), "POST", "/api/sql", "ada:of ada")).Caller).Role.Name);
        Assert.IsType<Caller.TokenBearer>((await AskAsync(Guard(), "GET", "/metrics", "Bearer the token")).Caller);
        Assert.True((await AskAsync(Guard(), "GET", "/api/node", "ada:of ada")).Caller!.IsKnown);
        Assert.False((await AskAsync(Guard(), "GET", "/api/node", "ada:of bob")).Caller!.IsKnown);
        Assert.IsType<Caller.Nobody>((await AskAsync(Guard(), "GET", "/api/node", "")).Caller);
    }

    [Fact]
    public async Task A_token_is_right_however_many_passwords_were_wrong()
    {
        var guard = Guard();
        for (var i = 0; i < FailedTries.AtOnce; i++) Assert.Equal(401, (await AskAsync(guard, "GET", "/api/log", "root:guess")).Status);
        Assert.Equal(429, (await AskAsync(guard, "GET", "/api/log", "root:of root")).Status);
        Assert.Equal(200, (await AskAsync(guard, "GET", "/api/log", "Bearer the token")).Status);
    }

    [Theory]
    [InlineData("GET", "/api/node", "root:guess")]
    [InlineData("GET", "/api/log", "ada:of ada")]
    [InlineData("POST", "/api/sql", "ada:guess")]
    public async Task Whatever_costs_a_password_check_and_is_not_let_in_by_it_counts(string method, string path, string shown)
    {
        var guard = Guard();
        for (var i = 0; i < FailedTries.AtOnce; i++) await AskAsync(guard, method, path, shown);
        Assert.Equal(429, (await AskAsync(guard, "GET", "/api/log", "root:of root")).Status);
        Assert.False((await AskAsync(guard, "GET", "/api/node", "root:of root")).Caller!.IsKnown);
    }

    [Fact]
    public async Task Where_nobody_is_asked_a_password_that_is_shown_for_SQL_has_to_be_right_all_the_same()
    {
        var guard = new HttpGuard(HttpSecuritySettings.None, new RoleStore(_node), NullLogger.Instance);
        Assert.Equal(200, (await AskAsync(guard, "POST", "/api/users/add", "")).Status);
        Assert.IsType<Caller.Nobody>((await AskAsync(guard, "POST", "/api/sql", "")).Caller);
        Assert.Equal(401, (await AskAsync(guard, "POST", "/api/sql", "ada:of bob")).Status);
        Assert.IsType<Caller.Named>((await AskAsync(guard, "POST", "/api/sql", "ada:of ada")).Caller);
    }

    private HttpGuard Guard() => new(new HttpSecuritySettings(null, null, _tokenFile, IsGuarded: true), new RoleStore(_node), NullLogger.Instance);

    private void Write(Role role) => _node.Set(RoleText.Prefix + role.Name, RoleText.Write(role));

    /// <param name="shown">name:password, Bearer and a token, or nothing.</param>
    private static async Task<(int Status, Caller? Caller)> AskAsync(HttpGuard guard, string method, string path, string shown)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = method;
        context.Request.Path = path;
        context.Connection.RemoteIpAddress = IPAddress.Loopback;
        if (shown.StartsWith("Bearer", StringComparison.Ordinal)) context.Request.Headers.Authorization = shown;
        else if (shown.Length > 0) context.Request.Headers.Authorization = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(shown));
        Caller? caller = null;
        await guard.RequireAsync(context, let =>
        {
            caller = Caller.Of(let);
            return Task.CompletedTask;
        });
        return (context.Response.StatusCode, caller);
    }
}
