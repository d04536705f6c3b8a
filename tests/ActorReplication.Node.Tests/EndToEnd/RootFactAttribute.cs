using Xunit.Sdk;

namespace ActorReplication.Node.Tests.EndToEnd;

/// <summary>A long test that mounts a file system: as <see cref="LongFactAttribute"/>, and skipped where this user may not.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("ActorReplication.Node.Tests.EndToEnd.LongFactDiscoverer", "ActorReplication.Node.Tests")]
public sealed class RootFactAttribute : FactWithAttribute
{
    public RootFactAttribute()
        : base("mount")
    {
        if (!Environment.IsPrivilegedProcess) Skip ??= "only root mounts file systems";
    }
}
