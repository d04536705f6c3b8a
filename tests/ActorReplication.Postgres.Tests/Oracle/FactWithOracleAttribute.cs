using Xunit;

namespace ActorReplication.Postgres.Tests.Oracle;

/// <summary>A test that starts a PostgreSQL 15 of its own: it runs where Debian's package is there.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactWithOracleAttribute : FactAttribute
{
    public FactWithOracleAttribute()
    {
        if (!File.Exists(OracleServer.Programs + "initdb")) Skip = "PostgreSQL 15's server is not installed: .ci/run installs Debian's package postgresql-15";
    }
}
