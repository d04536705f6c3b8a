using System.Reflection;
using ActorReplication.Cluster.Wire;
using ActorReplication.Core;
using ActorReplication.Core.Membership;
using ActorReplication.Core.Messages;

namespace ActorReplication.MultiNode.Tests.Wire;

/// <summary>The closed sets of Core and Cluster, found by reflection: a case without a sample has no round trip and no golden file.</summary>
public class CodecCoverage
{
    [Fact]
    public void Every_message_of_core_has_samples() => Covers(typeof(Message), Samples.Messages.Values);

    [Fact]
    public void Every_journal_event_has_samples() => Covers(typeof(JournalEvent), Samples.Events.Values);

    [Fact]
    public void Every_config_change_has_samples() => Covers(typeof(ConfigChange), Samples.Changes.Values);

    [Fact]
    public void Every_control_message_has_a_sample() => Assert.Equal(
        ControlTypes().Order(StringComparer.Ordinal), Samples.Controls.Select(c => c.GetType().Name).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void Closed_list_holds_exactly_the_control_messages() => Assert.Equal(
        ControlTypes().Order(StringComparer.Ordinal), ControlSerializer.KnownTypes.Select(t => t.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void Control_messages_hold_nothing_but_numbers_texts_and_bytes()
    {
        Type[] plain = [typeof(int), typeof(long), typeof(bool), typeof(string), typeof(byte[])];
        foreach (var type in ControlSerializer.KnownTypes)
            Assert.All(type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public), field => Assert.Contains(field.FieldType, plain));
    }

    private static void Covers(Type closedSet, IEnumerable<object> samples) => Assert.Equal(
        closedSet.Assembly.GetTypes().Where(t => t.IsSubclassOf(closedSet)).Select(t => t.Name).Order(StringComparer.Ordinal),
        samples.Select(s => s.GetType().Name).Distinct().Order(StringComparer.Ordinal));

    private static IEnumerable<string> ControlTypes() =>
        typeof(IControlMessage).Assembly.GetTypes().Where(t => t is { IsClass: true } && t.IsAssignableTo(typeof(IControlMessage))).Select(t => t.Name);
}
