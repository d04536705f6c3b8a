namespace ActorReplication.Node.Configuration;

internal enum KeyType { Text, Flag, Count, Port, Milliseconds, Bytes, Choice, Policy, TextList, PeerList }

/// <summary>One key that node.conf may hold.</summary>
/// <param name="Path">Full path, dots between.</param>
/// <param name="Default">As it would be written; null: has to be given, or is derived (the consequence says from what).</param>
/// <param name="Minimum">In the type's own unit: milliseconds, bytes, pieces.</param>
/// <param name="Consequence">What changes with it, in one line.</param>
internal sealed record ConfigKey(string Path, KeyType Type, string? Default, string Consequence, long Minimum = 0, long Maximum = long.MaxValue)
{
    public IReadOnlyList<string> Choices { get; init; } = [];
    public bool Required { get; init; }

    /// <summary>Not required where this other key is given.</summary>
    public string? Unless { get; init; }

    /// <summary>What a right value looks like, for error messages.</summary>
    public string Expectation => Type switch
    {
        KeyType.Text => "a text",
        KeyType.Flag => "true or false",
        KeyType.Count => Range("a whole number"),
        KeyType.Port => "a port number from 1 to 65535",
        KeyType.Milliseconds => Range("a duration such as 50ms, 2s or 1m", "ms"),
        KeyType.Bytes => Range("a size such as 4096, 64KiB or 512MiB", " bytes"),
        KeyType.Choice => "one of " + string.Join(", ", Choices),
        KeyType.Policy => "async, semi-sync, quorum, sync, or PostgreSQL's spelling such as \"ANY 1 (*)\" or \"FIRST 2 (n1, n2)\"",
        KeyType.TextList => "a list of texts",
        _ => "a list of \"name@host:port\"",
    };

    private string Range(string what, string unit = "") => (Minimum, Maximum) switch
    {
        (0, long.MaxValue) => what,
        (_, long.MaxValue) => $"{what}, at least {Minimum}{unit}",
        _ => $"{what} from {Minimum}{unit} to {Maximum}{unit}",
    };
}
