using ActorReplication.Cluster;
using ActorReplication.Cluster.Security;
using ActorReplication.Node.Gateway;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Security;
using Microsoft.Extensions.Logging;

namespace ActorReplication.Node.Hosting;

/// <summary>Gives a cluster that has no roles yet the first password, from a file, as soon as this node leads it.</summary>
internal sealed partial class InitialPassword : IDisposable
{
    private readonly IReplicaNode _node;
    private readonly SqlGateway _gateway;
    private readonly string _file;
    private readonly ILogger _log;
    private int _isAtWork;

    public InitialPassword(IReplicaNode node, SqlGateway gateway, string file, ILogger log)
    {
        (_node, _gateway, _file, _log) = (node, gateway, file, log);
        _node.Changed += Look;
        Look(_node.Status);
    }

    public void Dispose() => _node.Changed -= Look;

    private void Look(NodeStatus status)
    {
        if (!status.Serving || status.Role != Core.Role.Leader || !_gateway.Roles.IsUnmanaged || Interlocked.Exchange(ref _isAtWork, 1) != 0) return;
        _ = Task.Run(SetAsync);
    }

    private async Task SetAsync()
    {
        try
        {
            var password = SecretFile.ReadLine(_file);
            var verifier = RoleChanges.VerifierOf(password);
            var error = await _gateway.ChangeRolesAsync(new RoleChange("ALTER ROLE", roles => roles.IsUnmanaged ? [new(RoleSet.Owner, new Role(RoleSet.Owner, true, Rights.Administer, verifier))] : []), CancellationToken.None);
            if (error is null) Given(_log, RoleSet.Owner, _file);
            else NotGiven(_log, _file, error.ToString());
        }
        catch (RoleException e)
        {
            NotGiven(_log, _file, e.Hint is null ? e.Message : $"{e.Message}. {e.Hint}");
        }
        catch (Exception e) when (e is PemException or ObjectDisposedException)
        {
            NotGiven(_log, _file, e.Message);
        }
        finally
        {
            Volatile.Write(ref _isAtWork, 0);
        }
    }

    [LoggerMessage(EventId = 20, Level = LogLevel.Information, Message = "Audit: {Role} has its first password, from {File}")]
    private static partial void Given(ILogger log, string role, string file);

    [LoggerMessage(EventId = 21, Level = LogLevel.Error, Message = "The first password could not be set from {File}: {Problem}")]
    private static partial void NotGiven(ILogger log, string file, string problem);
}
