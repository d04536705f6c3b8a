using ActorReplication.Node.Tests.Nemesis;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace ActorReplication.Node.Tests.EndToEnd;

/// <summary>A test that takes long: there is none unless REPLICATION_TEST_BUDGET says for how long. As others it is skipped, by name, where a program is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("ActorReplication.Node.Tests.EndToEnd.LongFactDiscoverer", "ActorReplication.Node.Tests")]
public sealed class LongFactAttribute(string program = "env") : FactWithAttribute(program);

/// <summary>Finds long tests when there is time for them.</summary>
public sealed class LongFactDiscoverer(IMessageSink messages) : IXunitTestCaseDiscoverer
{
    public IEnumerable<IXunitTestCase> Discover(ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute) =>
        NemesisBudget.Given is null ? [] : new FactDiscoverer(messages).Discover(discoveryOptions, testMethod, factAttribute);
}
