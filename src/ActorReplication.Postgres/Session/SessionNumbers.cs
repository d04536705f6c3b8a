using System.Text;

namespace ActorReplication.Postgres.Session;

/// <summary>The numbers that clients know sessions by (pg_backend_pid, and the first half of the cancel key). Their upper seven bits say which node a session is on, so that a cancel
/// request which comes to another one can be passed on.</summary>
public static class SessionNumbers
{
    private const int NodeShift = 24;

    /// <summary>Sessions of a node are told apart by this part.</summary>
    internal const int Mask = (1 << NodeShift) - 1;

    /// <summary>The key as one number.</summary>
    public static long Key(int processId, int secret) => (long)processId << 32 | (uint)secret;

    public static (int ProcessId, int Secret) Parts(long key) => ((int)(key >> 32), unchecked((int)key));

    /// <summary>Whether a session of that number may be on the node; two nodes may have the same number, the secret decides.</summary>
    public static bool IsOn(string node, int processId) => processId >> NodeShift == NumberOf(node);

    internal static int Of(string node, int count) => NumberOf(node) << NodeShift | count & Mask;

    /// <summary>1 to 127, the same wherever it is computed (FNV-1a).</summary>
    private static int NumberOf(string node)
    {
        var hash = 2166136261u;
        foreach (var octet in Encoding.UTF8.GetBytes(node)) hash = unchecked((hash ^ octet) * 16777619u);
        return (int)(hash % 127) + 1;
    }
}
