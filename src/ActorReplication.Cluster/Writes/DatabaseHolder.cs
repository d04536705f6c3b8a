using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster.Writes;

/// <summary>The open database; replaced as a whole when a clone is installed.</summary>
internal sealed class DatabaseHolder : IDisposable
{
    private readonly DatabaseOptions _options;
    private readonly object _maintenance = new();
    private volatile IDatabase _current;

    public DatabaseHolder(DatabaseOptions options)
    {
        _options = options;
        _current = Database.Open(options);
    }

    public IDatabase Current => _current;
    public string Path => _options.Path;

    /// <summary>Closes the database, lets <paramref name="swap"/> change its file, opens it again. On the gate's thread.</summary>
    public void Replace(Action swap)
    {
        lock (_maintenance)
        {
            _current.Dispose();
            swap();
            _current = Database.Open(_options);
        }
    }

    /// <summary>Runs long work on the file that a replacement must wait for.</summary>
    public T Maintain<T>(Func<IDatabase, T> work)
    {
        lock (_maintenance) return work(_current);
    }

    public void Dispose()
    {
        lock (_maintenance) _current.Dispose();
    }
}
