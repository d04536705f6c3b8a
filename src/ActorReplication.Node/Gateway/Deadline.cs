namespace ActorReplication.Node.Gateway;

/// <summary>Points in time on <see cref="Environment.TickCount64"/>; <see cref="long.MaxValue"/> is never.</summary>
internal static class Deadline
{
    /// <param name="milliseconds">0 = never.</param>
    public static long In(int milliseconds) => milliseconds <= 0 ? long.MaxValue : Environment.TickCount64 + milliseconds;
}
