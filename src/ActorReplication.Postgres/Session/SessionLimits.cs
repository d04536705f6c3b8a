namespace ActorReplication.Postgres.Session;

/// <summary>What one client may use up.</summary>
public sealed record SessionLimits
{
    /// <summary>Bytes of one message; more ends the connection (08P01).</summary>
    public int MessageBytes { get; init; } = 256 << 20;

    /// <summary>Bytes of one parameter's value (54000).</summary>
    public int ParameterBytes { get; init; } = 128 << 20;

    /// <summary>Named prepared statements (54000).</summary>
    public int PreparedStatements { get; init; } = 10_000;

    /// <summary>Named portals (54000).</summary>
    public int Portals { get; init; } = 1_000;

    /// <summary>Bytes of a result that cannot be sent while it is made: rows of writing statements, of several statements run as one, rows beyond Execute's limit (54000).</summary>
    public long BufferedResultBytes { get; init; } = 256L << 20;

    /// <summary>Bytes of a cursor's result, which is kept in a temporary file (54000).</summary>
    public long CursorBytes { get; init; } = 4L << 30;

    /// <summary>Bytes of notifications that wait for a client which does not end its transaction, or does not read; more ends the session (54000).</summary>
    public long NotificationBytes { get; init; } = 64L << 20;

    /// <summary>How long a session that has to end may take to tell its client; then the connection is cut.</summary>
    public TimeSpan EndTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Bytes gathered before a streamed result is sent on.</summary>
    public int StreamBytes { get; init; } = 64 << 10;

    /// <summary>Bytes received and not handled yet, after which no more is read from the socket.</summary>
    public int ReceiveBytes { get; init; } = 256 << 10;

    /// <summary>How long a client may take from connecting until its startup packet is whole.</summary>
    public TimeSpan StartupTime { get; init; } = TimeSpan.FromSeconds(30);
}
