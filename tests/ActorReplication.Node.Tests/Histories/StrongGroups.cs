namespace ActorReplication.Node.Tests.Histories;

/// <summary>Strongly connected components of more than one node: Tarjan's algorithm ("Depth-first search and linear graph algorithms", 1972), without recursion.</summary>
internal static class StrongGroups
{
    public static IReadOnlyList<IReadOnlyList<int>> Of(int count, Func<int, IEnumerable<int>> next)
    {
        var (index, low) = (new int[count], new int[count]);
        var onStack = new bool[count];
        var (stack, groups) = (new Stack<int>(), new List<IReadOnlyList<int>>());
        var work = new Stack<(int Node, IEnumerator<int> Next)>();
        var counter = 0;
        for (var root = 0; root < count; root++)
        {
            if (index[root] != 0) continue;
            Enter(root);
            while (work.TryPeek(out var top))
            {
                if (top.Next.MoveNext())
                {
                    var to = top.Next.Current;
                    if (index[to] == 0) Enter(to);
                    else if (onStack[to]) low[top.Node] = Math.Min(low[top.Node], index[to]);
                    continue;
                }
                work.Pop();
                if (work.TryPeek(out var parent)) low[parent.Node] = Math.Min(low[parent.Node], low[top.Node]);
                if (low[top.Node] == index[top.Node]) Leave(top.Node);
            }
        }
        return groups;

        void Enter(int node)
        {
            index[node] = low[node] = ++counter;
            stack.Push(node);
            onStack[node] = true;
            work.Push((node, next(node).GetEnumerator()));
        }

        void Leave(int node)
        {
            var group = new List<int>();
            int member;
            do
            {
                member = stack.Pop();
                onStack[member] = false;
                group.Add(member);
            }
            while (member != node);
            if (group.Count > 1) groups.Add(group);
        }
    }
}
