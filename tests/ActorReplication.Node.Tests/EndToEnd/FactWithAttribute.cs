using Xunit;

namespace ActorReplication.Node.Tests.EndToEnd;

/// <summary>A test that needs a program which .ci/run installs; without it the test is skipped and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
public class FactWithAttribute : FactAttribute
{
    public FactWithAttribute(string program)
    {
        if (!((string[])["/usr/sbin", "/usr/bin", "/usr/local/bin"]).Any(folder => File.Exists(Path.Combine(folder, program))))
            Skip = $"{program} is not installed: .ci/run installs Debian's package of that name";
    }
}
