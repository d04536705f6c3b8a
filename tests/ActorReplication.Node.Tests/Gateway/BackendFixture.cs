using ActorReplication.Core.Durability;
using ActorReplication.Node.Gateway;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Node.Tests.Gateway;

/// <summary>One session's backend over a node that only notes what it is asked.</summary>
public abstract class BackendFixture : IAsyncDisposable
{
    private protected readonly FakeNode _node = new();
    private protected readonly SqlGateway _gateway;
    private protected readonly ISqlBackend _backend;

    private protected BackendFixture()
    {
        _gateway = new SqlGateway(_node, DurabilityPolicy.Quorum, 4);
        _backend = _gateway.OpenBackend();
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _backend.DisposeAsync();
        _gateway.Dispose();
    }
}
