using Xunit;

namespace ActorReplication.Postgres.Tests.Clients;

/// <summary>A test that needs a Python module which .ci/run installs; without it the test is skipped and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactWithPythonAttribute : FactAttribute
{
    public FactWithPythonAttribute(string module)
    {
        if (!Directory.Exists("/usr/lib/python3/dist-packages/" + module)) Skip = $"Python's {module} is not installed: .ci/run installs Debian's package python3-{module}";
    }
}
