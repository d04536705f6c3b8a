using ActorReplication;
using ActorReplication.Node.Embedding;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>A node of the replicated database inside an application of your own.</summary>
public static class ActorReplicationServices
{
    /// <summary>Starts a node with the host and stops it, after handing the leadership over, with it. Applications reach it as any other: with a PostgreSQL driver. One node for each process.</summary>
    /// <param name="configure">Names the configuration; see hocon/node.conf for what may stand in it.</param>
    public static IServiceCollection AddActorReplication(this IServiceCollection services, Action<ActorReplicationOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        if (services.Any(s => s.ServiceType == typeof(IActorReplicationNode))) throw new InvalidOperationException("AddActorReplication was called before: one node for each process");
        var options = new ActorReplicationOptions();
        configure(options);
        services.AddSingleton(s => new EmbeddedNode(options, s.GetRequiredService<ILoggerFactory>(), s.GetRequiredService<IHostApplicationLifetime>()));
        services.AddSingleton<IActorReplicationNode>(s => s.GetRequiredService<EmbeddedNode>());
        services.AddHostedService(s => s.GetRequiredService<EmbeddedNode>());
        return services;
    }
}
