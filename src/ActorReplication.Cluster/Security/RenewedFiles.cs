namespace ActorReplication.Cluster.Security;

/// <summary>What was read from PEM files, taken anew when one of them changes. What cannot be used is refused, and the old stays. Thread-safe.</summary>
/// <param name="load">Throws <see cref="PemException"/> for what cannot be used.</param>
/// <param name="renewed">Told what is in use from now on.</param>
/// <param name="refused">Told why the old stays.</param>
internal sealed class RenewedFiles<T>(IReadOnlyList<string> files, Func<T> load, Action<T> renewed, Action<string> refused)
    where T : class
{
    private const long LookAgainMs = 1000;

    private readonly Lock _sync = new();
    private (DateTime, long)[] _stamps = StampsOf(files);
    private volatile T _current = load();
    private long _lookedAt = Environment.TickCount64;

    /// <summary>The newest that can be used. Looks at the files once a second at most.</summary>
    public T Current
    {
        get
        {
            if (Environment.TickCount64 - Volatile.Read(ref _lookedAt) >= LookAgainMs) LookAgain();
            return _current;
        }
    }

    private void LookAgain()
    {
        lock (_sync)
        {
            if (Environment.TickCount64 - _lookedAt < LookAgainMs) return;
            _lookedAt = Environment.TickCount64;
            var stamps = StampsOf(files);
            if (stamps.SequenceEqual(_stamps)) return;
            _stamps = stamps;
            try
            {
                _current = load();
                renewed(_current);
            }
            catch (PemException e)
            {
                refused(e.Message);
            }
        }
    }

    private static (DateTime, long)[] StampsOf(IReadOnlyList<string> files) =>
        [.. files.Select(name => new FileInfo(name) is { Exists: true } file ? (file.LastWriteTimeUtc, file.Length) : default)];
}
