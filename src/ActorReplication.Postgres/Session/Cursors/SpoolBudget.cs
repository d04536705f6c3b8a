using ActorReplication.Postgres.Backend;

namespace ActorReplication.Postgres.Session.Cursors;

/// <summary>What the temporary files of all sessions may take together, so that they leave the node's disk and descriptors to the node. Thread-safe.</summary>
internal sealed class SpoolBudget(long mostBytes, int mostFiles)
{
    private readonly Lock _gate = new();

    public long Bytes { get; private set; }

    public int Files { get; private set; }

    /// <summary>For one file more. Null: granted; else why not.</summary>
    public PgError? TakeFile()
    {
        lock (_gate)
        {
            if (Files >= mostFiles) return new PgError(SqlStates.ConfigurationLimitExceeded, $"the node's sessions keep {Files} results in temporary files already") { Hint = "Close cursors and portals that are not needed, or read without them." };
            Files++;
            return null;
        }
    }

    /// <summary>For so many bytes more. Null: granted; else why not.</summary>
    public PgError? TakeBytes(long bytes)
    {
        lock (_gate)
        {
            if (Bytes + bytes > mostBytes) return new PgError(SqlStates.DiskFull, $"the temporary files of the node's sessions may take {mostBytes} bytes together") { Hint = "Close cursors and portals that are not needed, or read without them." };
            Bytes += bytes;
            return null;
        }
    }

    /// <summary>A file is closed that had taken so many.</summary>
    public void Give(long bytes)
    {
        lock (_gate)
        {
            Bytes -= bytes;
            Files--;
        }
    }
}
