using System.Collections.Immutable;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster.Writes;

/// <summary>The settings in the replicated configuration that say how transactions are captured.</summary>
public static class CaptureSettings
{
    public const string Method = "replication.method";
    public const string Unsafe = "replication.unsafe_statements";

    /// <summary>What <see cref="Method"/> can be.</summary>
    public static IReadOnlyList<string> Methods { get; } = ["row", "statement", "mixed", "page"];

    public const string DefaultMethod = "row", DefaultUnsafe = "row";

    /// <summary>A value that this version does not know counts as the default: rows are always right.</summary>
    public static CaptureRules Read(ImmutableSortedDictionary<string, string> settings) => new(
        TryParseMethod(settings.GetValueOrDefault(Method, DefaultMethod), out var method) ? method : ReplicationMethod.Row,
        TryParseUnsafe(settings.GetValueOrDefault(Unsafe, DefaultUnsafe), out var reaction) ? reaction : UnsafeStatements.Row);

    public static bool TryParseMethod(string text, out ReplicationMethod method)
    {
        (var known, method) = text.ToLowerInvariant() switch
        {
            "row" => (true, ReplicationMethod.Row),
            "statement" => (true, ReplicationMethod.Statement),
            "mixed" => (true, ReplicationMethod.Mixed),
            "page" => (true, ReplicationMethod.Page),
            _ => (false, ReplicationMethod.Row),
        };
        return known;
    }

    public static bool TryParseUnsafe(string text, out UnsafeStatements reaction)
    {
        (var known, reaction) = text.ToLowerInvariant() switch
        {
            "row" => (true, UnsafeStatements.Row),
            "error" => (true, UnsafeStatements.Error),
            "allow" => (true, UnsafeStatements.Allow),
            _ => (false, UnsafeStatements.Row),
        };
        return known;
    }
}
