using ActorReplication.Cluster;
using ActorReplication.Node.Gateway;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ActorReplication.Node.Http;

/// <summary>Roles over HTTP: the same changes as CREATE ROLE and its relatives make, carried out by the leader.</summary>
internal sealed class UserEndpoints(IReplicaNode node, Survey survey, RoleStore roles)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/api/users", ["GET", "HEAD"], context => context.JsonAsync(200, new UserList([.. roles.Roles.All.Select(ViewOf)]), ApiJson.Default.UserList));
        Post(routes, "/api/users/add", r => all => RoleChanges.Create(all, new Role(r.Name!, true, RoleChanges.RightsOf(r.Rights ?? []), PasswordOf(r))));
        Post(routes, "/api/users/remove", r => all => RoleChanges.Drop(all, [r.Name!]));
        Post(routes, "/api/users/grant", r => all => RoleChanges.Grant(all, RoleChanges.RightsOf(r.Rights ?? []), [r.Name!], isRevoke: false));
        Post(routes, "/api/users/revoke", r => all => RoleChanges.Grant(all, RoleChanges.RightsOf(r.Rights ?? []), [r.Name!], isRevoke: true));
        Post(routes, "/api/users/password", r =>
        {
            var verifier = PasswordOf(r) ?? throw new RoleException("22023", "a password is missing");
            return all => RoleChanges.Alter(all, r.Name!, role => role with { Verifier = verifier });
        });
    }

    private void Post(IEndpointRouteBuilder routes, string path, Func<UserRequest, Func<RoleSet, IReadOnlyList<KeyValuePair<string, Role?>>>> change) => ControlEndpoints.Post(routes, path, async (context, cancellation) =>
    {
        if (await survey.TryForwardToLeaderAsync(context, path)) return;
        if (await context.BodyAsync(ApiJson.Default.UserRequest) is not { } request) return;
        if (string.IsNullOrEmpty(request.Name))
        {
            await context.ProblemAsync(400, "Nobody named", "say which role: {\"name\": \"ada\"}");
            return;
        }
        try
        {
            var state = new NodeState(NodeRole.Leader, 0, node.Status.Name.Name, node.Status.Leader?.Name);
            if (await roles.ChangeAsync(new RoleChange(path, change(request)), state, cancellation) is { } refusal)
            {
                if (refusal is BackendError.OutcomeUnknown) await context.ProblemAsync(504, "Outcome unknown", "leadership was lost meanwhile: look at GET /api/users before you try again");
                else await context.ProblemAsync(503, "Not changed", $"the leader could not do it now ({refusal.GetType().Name}); look at GET /api/users and try again");
                return;
            }
        }
        catch (RoleException e)
        {
            await context.ProblemAsync(e.SqlState == "42704" ? 404 : 412, "Not changed", e.Hint is null ? e.Message : $"{e.Message}. {e.Hint}");
            return;
        }
        var now = roles.Roles.Find(request.Name);
        await context.JsonAsync(200, new Done(now is null ? $"{request.Name} is no role any more" : $"{request.Name}: {RightsOf(now)}", null, null), ApiJson.Default.Done);
    });

    private static ScramVerifier? PasswordOf(UserRequest request) => string.IsNullOrEmpty(request.Password) ? null : RoleChanges.VerifierOf(request.Password);

    private static UserView ViewOf(Role role) => new(role.Name, role.CanLogin, [.. BuiltInRoles.NamesOf(role.Granted)], role.Verifier is not null);

    private static string RightsOf(Role role) => role.Granted == Rights.None ? "no rights" : string.Join(", ", BuiltInRoles.NamesOf(role.Granted));
}
