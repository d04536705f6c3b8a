using Xunit;

namespace ActorReplication.Postgres.Tests.Sessions;

internal static class Eventually
{
    /// <summary>Tries again until the condition holds; fails after ten seconds.</summary>
    public static async Task HoldsAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!await condition())
        {
            Assert.False(patience.IsCancellationRequested, "the condition never held");
            await Task.Yield();
        }
    }

    public static Task HoldsAsync(Func<bool> condition) => HoldsAsync(async () =>
    {
        if (condition()) return true;
        await Task.Delay(5);
        return false;
    });
}
