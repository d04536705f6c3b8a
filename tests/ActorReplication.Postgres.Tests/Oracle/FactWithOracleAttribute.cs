using Xunit;

namespace ActorReplication.Postgres.Tests.Oracle;

/// <summary>A test that starts a PostgreSQL 15 of its own, which takes seconds: it runs where the environment says ORACLE=1 and Debian's package is there.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactWithOracleAttribute : FactAttribute
{
    public FactWithOracleAttribute()
    {
        if (!File.Exists(OracleServer.Programs + "initdb")) Skip = "PostgreSQL 15's server is not installed: .ci/run installs Debian's package postgresql-15";
        else if (Environment.GetEnvironmentVariable("ORACLE") != "1") Skip = "compares with a PostgreSQL of its own: set ORACLE=1 to run it";
    }
}
