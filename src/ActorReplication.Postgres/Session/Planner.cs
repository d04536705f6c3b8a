using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect;

namespace ActorReplication.Postgres.Session;

/// <summary>Gets plans for statements: from the shared cache while the schema stands, anew when it has changed, against its own schema inside a transaction that changed it.</summary>
internal sealed class Planner(SessionContext session, StatementExecutor executor)
{
    /// <summary>A plan at hand, without waiting; null: <see cref="PlanAsync"/>.</summary>
    public Plan? TryPlan(SharedStatement statement, ReadOnlySpan<uint> declaredTypes)
    {
        if (session.Transaction.HasChangedSchema || executor.HasPendingSchemaChange) return null;
        if (statement.Current(declaredTypes, session.Server.Gateway.SchemaVersion) is { } plan) return plan;
        return session.Server.Schemas.Current is { } schema ? statement.Translate(session.Server.Translator, declaredTypes, schema) : null;
    }

    public async ValueTask<Plan> PlanAsync(SharedStatement statement, uint[] declaredTypes)
    {
        if (TryPlan(statement, declaredTypes) is { } plan) return plan;
        // Names may mean what a statement that waits in this very pipeline is about to make.
        if (executor.HasPendingSchemaChange) await executor.DrainAsync().ConfigureAwait(false);
        var schema = await SchemaAsync().ConfigureAwait(false);
        return statement.Translate(session.Server.Translator, declaredTypes, schema);
    }

    /// <summary>Makes sure that a prepared statement's plan fits the schema of now.</summary>
    public async ValueTask<Plan> RefreshAsync(PreparedStatement prepared)
    {
        var old = prepared.Plan!;
        var plan = await PlanAsync(prepared.Statement!, prepared.DeclaredTypes).ConfigureAwait(false);
        if (ReferenceEquals(plan, old)) return plan;
        var sameShape = plan.Shape is null ? old.Shape is null : old.Shape is not null && plan.Shape.Matches(old.Shape);
        if (!sameShape || !plan.ParameterTypes.AsSpan().SequenceEqual(old.ParameterTypes)) throw new PgException(SqlStates.FeatureNotSupported, "cached plan must not change result type");
        prepared.Plan = plan;
        return plan;
    }

    public bool IsFresh(PreparedStatement prepared) => prepared.Plan is { } plan && IsFresh(plan);

    public bool IsFresh(Plan plan) => plan.SchemaVersion == session.Server.Gateway.SchemaVersion
        && !session.Transaction.HasChangedSchema && !executor.HasPendingSchemaChange;

    /// <summary>The schema as the session's next statement sees it.</summary>
    public async ValueTask<ISchemaView> SchemaAsync()
    {
        var transaction = session.Transaction;
        if (!transaction.HasChangedSchema) return session.Server.Schemas.Current ?? await session.Server.Schemas.LoadAsync(session.Connection.Closed).ConfigureAwait(false);
        return transaction.Schema ??= await session.Server.Schemas.LoadInTransactionAsync(session.Backend, session.Settings.Options, session.Connection.Closed).ConfigureAwait(false);
    }
}
