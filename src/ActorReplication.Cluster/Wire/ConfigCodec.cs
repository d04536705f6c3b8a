using System.Collections.Immutable;
using ActorReplication.Core;
using ActorReplication.Core.Durability;
using ActorReplication.Core.Membership;

namespace ActorReplication.Cluster.Wire;

/// <summary>Configurations, policies, members and changes of them.</summary>
internal static class ConfigCodec
{
    /// <summary>Name length, kind, priority, no-sync, address length.</summary>
    private const int LeastMemberBytes = 5;

    private const int LeastSettingBytes = 2;

    /// <summary>In the policy's kind byte: a time follows.</summary>
    private const byte Degrades = 0x80;

    /// <summary>What follows beside policy and members.</summary>
    [Flags]
    private enum Parts : byte { None = 0, Joint = 1, Settings = 2, Details = 4 }

    private enum ChangeKind : byte { Add = 1, Remove, Promote, Demote, Retag, SetPolicy, SetSetting, AddDetailed, RetagDetailed, Identify, RemoveAnyway, SetCopies, SetMissingAcks }

    /// <summary>Name length, incarnation, HTTP length.</summary>
    private const int LeastIdentityBytes = 1 + WireFormat.GuidBytes + 1;

    public static void Write(ref WireWriter writer, ClusterConfig config)
    {
        writer.Guid(config.Cluster.Value);
        Write(ref writer, config.Policy);
        var isDetailed = MemberDetailsCodec.Any(config);
        writer.Byte((byte)((config.JointWith is null ? Parts.None : Parts.Joint) | (config.Settings.IsEmpty ? Parts.None : Parts.Settings) | (isDetailed ? Parts.Details : Parts.None)));
        if (config.JointWith is { } joint)
            Write(ref writer, joint);
        writer.Count(config.Members.Count);
        foreach (var member in config.Members.Values)
            Write(ref writer, member);
        writer.Position(config.At);
        if (!config.Settings.IsEmpty)
            WriteSettings(ref writer, config.Settings);
        if (!isDetailed)
            return;
        foreach (var member in config.Members.Values)
            MemberDetailsCodec.Write(ref writer, member);
    }

    private static void WriteSettings(ref WireWriter writer, ImmutableSortedDictionary<string, string> settings)
    {
        writer.Count(settings.Count);
        foreach (var (name, value) in settings)
        {
            writer.Text(name);
            writer.Text(value);
        }
    }

    public static ClusterConfig Read(ref WireReader reader)
    {
        var cluster = new ClusterId(reader.Guid("cluster ID"));
        var policy = ReadPolicy(ref reader);
        var parts = (Parts)reader.Byte("configuration parts");
        if (parts > (Parts.Joint | Parts.Settings | Parts.Details))
            throw WireReader.Wrong(reader.Offset - 1, "configuration parts: 0 to 7", $"{(byte)parts}");
        var joint = (parts & Parts.Joint) != 0 ? ReadPolicy(ref reader) : null;
        var count = reader.Elements(LeastMemberBytes, "number of members");
        var members = ImmutableSortedDictionary.CreateBuilder<NodeId, Member>();
        NodeId? previous = null;
        for (var i = 0; i < count; i++)
        {
            var start = reader.Offset;
            var member = ReadMember(ref reader);
            if (previous is { } before && before.CompareTo(member.Id) >= 0)
                throw WireReader.Wrong(start, $"a member after '{before}' in ordinal order", $"'{member.Id}'");
            members.Add(member.Id, member);
            previous = member.Id;
        }

        var at = reader.Position("configuration's position");
        var settings = (parts & Parts.Settings) != 0 ? ReadSettings(ref reader) : ClusterConfig.NoSettings;
        if ((parts & Parts.Details) != 0)
            ReadDetails(ref reader, members);
        return new ClusterConfig(cluster, members.ToImmutable(), policy, joint) { Settings = settings, At = at };
    }

    private static void ReadDetails(ref WireReader reader, ImmutableSortedDictionary<NodeId, Member>.Builder members)
    {
        var start = reader.Offset;
        var any = false;
        foreach (var member in members.Values.ToArray())
        {
            var detailed = MemberDetailsCodec.Read(ref reader, member);
            any |= MemberDetailsCodec.Any(detailed);
            members[member.Id] = detailed;
        }

        if (!any)
            throw WireReader.Wrong(start, "details of at least one member", "none");
    }

    private static ImmutableSortedDictionary<string, string> ReadSettings(ref WireReader reader)
    {
        var settings = ClusterConfig.NoSettings.ToBuilder();
        string? previous = null;
        var count = reader.Elements(LeastSettingBytes, "number of settings");
        if (count == 0)
            throw WireReader.Wrong(reader.Offset - 1, "at least one setting", "none");
        for (var left = count; left > 0; left--)
        {
            var start = reader.Offset;
            var name = reader.Text("setting name");
            if (previous is not null && string.CompareOrdinal(previous, name) >= 0)
                throw WireReader.Wrong(start, $"a setting after '{previous}' in ordinal order", $"'{name}'");
            settings.Add(name, reader.Text("setting value"));
            previous = name;
        }

        return settings.ToImmutable();
    }

    public static void Write(ref WireWriter writer, ConfigChange change)
    {
        switch (change)
        {
            case ConfigChange.Add add:
                Write(ref writer, add.Member, ChangeKind.Add, ChangeKind.AddDetailed);
                break;
            case ConfigChange.Remove remove:
                writer.Byte((byte)(remove.Anyway ? ChangeKind.RemoveAnyway : ChangeKind.Remove));
                writer.Node(remove.Id);
                break;
            case ConfigChange.Promote promote:
                writer.Byte((byte)ChangeKind.Promote);
                writer.Node(promote.Id);
                break;
            case ConfigChange.Demote demote:
                writer.Byte((byte)ChangeKind.Demote);
                writer.Node(demote.Id);
                break;
            case ConfigChange.Retag retag:
                Write(ref writer, retag.Member, ChangeKind.Retag, ChangeKind.RetagDetailed);
                break;
            case ConfigChange.Identify identify:
                writer.Byte((byte)ChangeKind.Identify);
                Write(ref writer, identify);
                break;
            case ConfigChange.SetPolicy set:
                writer.Byte((byte)(set.Part switch { PolicyPart.Copies => ChangeKind.SetCopies, PolicyPart.MissingAcks => ChangeKind.SetMissingAcks, _ => ChangeKind.SetPolicy }));
                Write(ref writer, set.Policy);
                break;
            case ConfigChange.SetSetting set:
                writer.Byte((byte)ChangeKind.SetSetting);
                writer.Text(set.Name);
                writer.Bool(set.Value is not null);
                if (set.Value is not null)
                    writer.Text(set.Value);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(change), change, "No encoding for this change.");
        }
    }

    public static ConfigChange ReadChange(ref WireReader reader)
    {
        var kind = reader.Byte("change kind");
        return (ChangeKind)kind switch
        {
            ChangeKind.Add => new ConfigChange.Add(ReadMember(ref reader)),
            ChangeKind.Remove => new ConfigChange.Remove(reader.Node("member name")),
            ChangeKind.Promote => new ConfigChange.Promote(reader.Node("member name")),
            ChangeKind.Demote => new ConfigChange.Demote(reader.Node("member name")),
            ChangeKind.Retag => new ConfigChange.Retag(ReadMember(ref reader)),
            ChangeKind.SetPolicy => new ConfigChange.SetPolicy(ReadPolicy(ref reader)),
            ChangeKind.SetCopies => new ConfigChange.SetPolicy(ReadPolicy(ref reader), PolicyPart.Copies),
            ChangeKind.SetMissingAcks => new ConfigChange.SetPolicy(ReadPolicy(ref reader), PolicyPart.MissingAcks),
            ChangeKind.SetSetting => new ConfigChange.SetSetting(reader.Text("setting name"), reader.Bool("setting value flag") ? reader.Text("setting value") : null),
            ChangeKind.AddDetailed => new ConfigChange.Add(ReadDetailed(ref reader)),
            ChangeKind.RetagDetailed => new ConfigChange.Retag(ReadDetailed(ref reader)),
            ChangeKind.Identify => ReadIdentify(ref reader),
            ChangeKind.RemoveAnyway => new ConfigChange.Remove(reader.Node("member name"), Anyway: true),
            _ => throw WireReader.Wrong(reader.Offset - 1, "change kind: 1 to 13", $"{kind}"),
        };
    }

    private static void Write(ref WireWriter writer, Member member, ChangeKind plain, ChangeKind detailed)
    {
        var isDetailed = MemberDetailsCodec.Any(member);
        writer.Byte((byte)(isDetailed ? detailed : plain));
        Write(ref writer, member);
        if (isDetailed)
            MemberDetailsCodec.Write(ref writer, member);
    }

    private static Member ReadDetailed(ref WireReader reader)
    {
        var member = MemberDetailsCodec.Read(ref reader, ReadMember(ref reader));
        return MemberDetailsCodec.Any(member) ? member : throw WireReader.Wrong(reader.Offset - 1, "details of the member", "none");
    }

    private static void Write(ref WireWriter writer, ConfigChange.Identify identify)
    {
        writer.Count(identify.Members.Count);
        foreach (var (id, identity) in identify.Members)
        {
            writer.Node(id);
            writer.Guid(identity.Incarnation);
            writer.Text(identity.Http);
        }
    }

    private static ConfigChange.Identify ReadIdentify(ref WireReader reader)
    {
        var members = ImmutableSortedDictionary.CreateBuilder<NodeId, MemberIdentity>();
        NodeId? previous = null;
        for (var left = reader.Elements(LeastIdentityBytes, "number of identities"); left > 0; left--)
        {
            var start = reader.Offset;
            var id = reader.Node("member name");
            if (previous is { } before && before.CompareTo(id) >= 0)
                throw WireReader.Wrong(start, $"a member after '{before}' in ordinal order", $"'{id}'");
            members.Add(id, new MemberIdentity(reader.Guid("incarnation"), reader.Text("HTTP address")));
            previous = id;
        }

        return new ConfigChange.Identify(members.ToImmutable());
    }

    private static void Write(ref WireWriter writer, DurabilityPolicy policy)
    {
        writer.Byte((byte)((byte)policy.Kind | (policy.DegradeAfterMs > 0 ? Degrades : 0)));
        writer.Signed(policy.Count);
        var names = policy.Names.IsDefault ? [] : policy.Names;
        writer.Count(names.Length);
        foreach (var name in names)
            writer.Node(name);
        if (policy.DegradeAfterMs > 0)
            writer.Count(policy.DegradeAfterMs);
    }

    private static DurabilityPolicy ReadPolicy(ref WireReader reader)
    {
        var start = reader.Offset;
        var head = reader.Byte("policy kind");
        var kind = (PolicyKind)(head & ~Degrades);
        if (kind > PolicyKind.AnyOf)
            throw WireReader.Wrong(start, $"policy kind: 0 to {(byte)PolicyKind.AnyOf}", $"{(byte)kind}");
        var count = reader.SignedInt32("policy count");
        var names = ImmutableArray.CreateBuilder<NodeId>(reader.Elements(1, "number of policy names"));
        while (names.Count < names.Capacity)
            names.Add(reader.Node("policy name"));
        var degradeAfter = (head & Degrades) != 0 ? reader.Count("degrade after") : 0;
        if (degradeAfter == 0 && (head & Degrades) != 0)
            throw WireReader.Wrong(reader.Offset - 1, "degrade after: at least 1", "0");
        return new DurabilityPolicy(kind, count, names.MoveToImmutable()) { DegradeAfterMs = degradeAfter };
    }

    private static void Write(ref WireWriter writer, Member member)
    {
        writer.Node(member.Id);
        writer.Byte((byte)member.Kind);
        writer.Signed(member.FailoverPriority);
        writer.Bool(member.NoSync);
        writer.Text(member.Address);
    }

    private static Member ReadMember(ref WireReader reader) => new(
        reader.Node("member name"),
        reader.Enum(MemberKind.Witness, "member kind"),
        reader.SignedInt32("failover priority"),
        reader.Bool("no-sync flag"),
        reader.Text("member address"));
}
