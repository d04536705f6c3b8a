namespace ActorReplication.Node.Tests.Nemesis.Hosts;

/// <summary>One direction between two machines, as it is at the moment. Written by the faults, read by the router.</summary>
internal sealed class Link
{
    private volatile LinkState _state = LinkState.Whole;

    public LinkState State { get => _state; set => _state = value; }

    /// <summary>When the wire is free again, in milliseconds; the router's own.</summary>
    public double FreeAt { get; set; }
}

/// <param name="LossPerMille">Packets that are lost.</param>
/// <param name="DelayMs">Each packet's time under way; <paramref name="JitterMs"/> at most are added, so that packets overtake each other.</param>
/// <param name="BytesPerSecond">0 = as fast as it goes.</param>
internal sealed record LinkState(bool IsCut = false, int LossPerMille = 0, int DelayMs = 0, int JitterMs = 0, int DuplicatePerMille = 0, int BytesPerSecond = 0)
{
    public static readonly LinkState Whole = new();
    public static readonly LinkState Cut = new(IsCut: true);
}

/// <summary>All directions between the nodes' machines. What clients say takes other ways.</summary>
internal sealed class Links(int nodes)
{
    private readonly Link[,] _links = Make(nodes);

    public int Nodes => nodes;

    public Link this[int from, int to] => _links[from, to];

    public void Set(Func<int, int, LinkState?> state)
    {
        for (var from = 0; from < nodes; from++)
            for (var to = 0; to < nodes; to++)
                if (from != to && state(from, to) is { } next) _links[from, to].State = next;
    }

    public void Heal() => Set((_, _) => LinkState.Whole);

    private static Link[,] Make(int nodes)
    {
        var links = new Link[nodes, nodes];
        for (var from = 0; from < nodes; from++)
            for (var to = 0; to < nodes; to++) links[from, to] = new Link();
        return links;
    }
}
