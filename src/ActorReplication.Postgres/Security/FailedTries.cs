using System.Collections.Concurrent;
using System.Net;

namespace ActorReplication.Postgres.Security;

/// <summary>Bounds how often one address may try wrong passwords: so many at once, then one for each step of time. Who is right is not counted, but has to wait
/// while the address's tries are used up: never longer than <see cref="LongestWait"/>, whatever somebody else at his address does. Thread-safe; memory is bounded.</summary>
public sealed class FailedTries(TimeProvider clock)
{
    public const int AtOnce = 20;
    public static readonly TimeSpan Each = TimeSpan.FromSeconds(3);
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);
    internal const int MostAddresses = 10_000;
    private const int ForgottenAtOnce = MostAddresses / 10;

    /// <summary>Address to the moment at which all its tries are free again.</summary>
    private readonly ConcurrentDictionary<IPAddress, long> _freeAt = new();

    /// <summary>How long this address has to wait before its next try; zero: it may.</summary>
    public TimeSpan Wait(IPAddress? address)
    {
        if (address is null || !_freeAt.TryGetValue(AddressGroup.Of(address), out var freeAt)) return TimeSpan.Zero;
        var owed = TimeSpan.FromTicks(freeAt - Now);
        var allowed = (AtOnce - 1) * Each;
        return owed <= allowed ? TimeSpan.Zero : owed - allowed;
    }

    public void Failed(IPAddress? address)
    {
        if (address is null) return;
        if (_freeAt.Count >= MostAddresses) Forget();
        _freeAt.AddOrUpdate(AddressGroup.Of(address), static (_, s) => s.Now + s.Each, static (_, freeAt, s) => Math.Min(Math.Max(freeAt, s.Now) + s.Each, s.Now + s.Most), (Now, Each: Each.Ticks, Most: ((AtOnce - 1) * Each + LongestWait).Ticks));
    }

    private long Now => clock.GetUtcNow().Ticks;

    private void Forget()
    {
        var now = Now;
        foreach (var (address, freeAt) in _freeAt) if (freeAt <= now) _freeAt.TryRemove(address, out _);
        if (_freeAt.Count < MostAddresses) return;
        // All of them are at it right now. Who has tried least goes first: who has many addresses cannot have one that he has used up forgotten by it.
        foreach (var (address, _) in _freeAt.OrderBy(a => a.Value).Take(ForgottenAtOnce).ToArray()) _freeAt.TryRemove(address, out _);
    }
}
