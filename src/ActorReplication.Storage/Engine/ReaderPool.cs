namespace ActorReplication.Storage.Engine;

/// <summary>A fixed number of readers. A count says how many are free; a free one is then found by looking through the places.</summary>
internal sealed class ReaderPool : IDisposable
{
    private readonly Reader?[] places;
    private readonly Reader[] all;
    private readonly SemaphoreSlim free;
    private readonly Lock opening = new();
    private int disposed;

    internal ReaderPool(DatabaseOptions options)
    {
        var count = Math.Max(1, options.Readers);
        all = new Reader[count];
        for (var i = 0; i < count; i++)
            all[i] = new Reader(options, this);
        places = [.. all];
        free = new SemaphoreSlim(count);
    }

    internal Reader? TryRent() => free.Wait(0) ? Take() : null;

    internal async ValueTask<IReader> RentAsync(CancellationToken cancellation)
    {
        await free.WaitAsync(cancellation).ConfigureAwait(false);
        return Take();
    }

    /// <summary>Not while the database is being closed: what comes after that may put another file under the same name.</summary>
    internal Connection Open(DatabaseOptions options)
    {
        lock (opening)
        {
            ObjectDisposedException.ThrowIf(disposed != 0, typeof(IDatabase));
            return new Connection(options, ConnectionRole.Reader);
        }
    }

    private Reader Take()
    {
        while (true)
        {
            if (Volatile.Read(ref disposed) != 0)
            {
                // Whoever waits behind this one has to hear it too.
                free.Release();
                throw new ObjectDisposedException(nameof(IDatabase), "the database was closed");
            }
            // From the front: the same few connections stay warm while there is little to do.
            for (var i = 0; i < places.Length; i++)
            {
                if (places[i] is null || Interlocked.Exchange(ref places[i], null) is not { } reader)
                    continue;
                try
                {
                    reader.Rent();
                    return reader;
                }
                catch
                {
                    Return(reader);
                    throw;
                }
            }
        }
    }

    internal void Return(Reader reader)
    {
        if (Volatile.Read(ref disposed) != 0)
        {
            reader.Close();
            return;
        }
        for (var i = 0; i < places.Length; i++)
        {
            if (places[i] is null && Interlocked.CompareExchange(ref places[i], reader, null) is null)
                break;
        }
        free.Release();
    }

    /// <summary>Closes the readers that are free now; one that is out closes when it is given back. Whoever waits for one gets <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        lock (opening)
        {
            if (disposed != 0)
                return;
            Volatile.Write(ref disposed, 1);
        }
        for (var i = 0; i < places.Length; i++)
            Interlocked.Exchange(ref places[i], null)?.Close();
        free.Release();
    }
}
