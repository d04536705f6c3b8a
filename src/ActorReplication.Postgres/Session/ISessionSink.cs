using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Session;

/// <summary>A sink that knows why it gave up.</summary>
internal interface ISessionSink : IResultSink
{
    /// <summary>Whatever the backend then says about the statement, this is the reason; null: it did not give up.</summary>
    PgError? Failure { get; }
}
