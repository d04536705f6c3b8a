using ActorReplication.Core;
using ActorReplication.Core.Membership;

namespace ActorReplication.Cluster.Wire;

/// <summary>What is not said of every member: flags, then only what they announce. A member without any costs one byte, a configuration without any nothing.</summary>
internal static class MemberDetailsCodec
{
    [Flags]
    private enum Parts : byte { None = 0, Joining = 1, AddedAt = 2, Incarnation = 4, Http = 8, Zone = 16, ApplyDelay = 32 }

    private const Parts All = Parts.Joining | Parts.AddedAt | Parts.Incarnation | Parts.Http | Parts.Zone | Parts.ApplyDelay;

    public static bool Any(Member member) => PartsOf(member) != Parts.None;

    public static bool Any(ClusterConfig config)
    {
        foreach (var member in config.Members.Values)
            if (Any(member))
                return true;
        return false;
    }

    public static void Write(ref WireWriter writer, Member member)
    {
        var parts = PartsOf(member);
        writer.Byte((byte)parts);
        if ((parts & Parts.AddedAt) != 0)
            writer.Position(member.AddedAt);
        if ((parts & Parts.Incarnation) != 0)
            writer.Guid(member.Incarnation);
        if ((parts & Parts.Http) != 0)
            writer.Text(member.Http);
        if ((parts & Parts.Zone) != 0)
            writer.Text(member.Zone);
        if ((parts & Parts.ApplyDelay) != 0)
            writer.Count(member.ApplyDelayMs);
    }

    public static Member Read(ref WireReader reader, Member member)
    {
        var start = reader.Offset;
        var parts = (Parts)reader.Byte("member details");
        if (parts > All)
            throw WireReader.Wrong(start, $"member details: 0 to {(byte)All}", $"{(byte)parts}");
        var read = member with
        {
            IsJoining = (parts & Parts.Joining) != 0,
            AddedAt = (parts & Parts.AddedAt) != 0 ? reader.Position("where the member was added") : LogPosition.Zero,
            Incarnation = (parts & Parts.Incarnation) != 0 ? reader.Guid("incarnation") : Guid.Empty,
            Http = (parts & Parts.Http) != 0 ? reader.Text("HTTP address") : "",
            Zone = (parts & Parts.Zone) != 0 ? reader.Text("zone") : "",
            ApplyDelayMs = (parts & Parts.ApplyDelay) != 0 ? reader.Count("apply delay") : 0,
        };
        return PartsOf(read) == parts ? read : throw WireReader.Wrong(start, "a part that is announced and not empty", $"an empty one of {parts}");
    }

    private static Parts PartsOf(Member member) =>
        (member.IsJoining ? Parts.Joining : 0) | (member.AddedAt == LogPosition.Zero ? 0 : Parts.AddedAt)
        | (member.Incarnation == Guid.Empty ? 0 : Parts.Incarnation) | (member.Http.Length == 0 ? 0 : Parts.Http)
        | (member.Zone.Length == 0 ? 0 : Parts.Zone) | (member.ApplyDelayMs == 0 ? 0 : Parts.ApplyDelay);
}
