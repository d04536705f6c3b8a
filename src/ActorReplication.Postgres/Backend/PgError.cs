namespace ActorReplication.Postgres.Backend;

/// <summary>What an ErrorResponse or NoticeResponse carries.</summary>
/// <param name="SqlState">Five characters, one of <see cref="SqlStates"/>.</param>
internal sealed record PgError(string SqlState, string Message)
{
    public const string Error = "ERROR", Fatal = "FATAL", Warning = "WARNING", Notice = "NOTICE";

    public string Severity { get; init; } = Error;
    public string? Detail { get; init; }
    public string? Hint { get; init; }

    /// <summary>Character in the query string, from 1; 0 = unknown.</summary>
    public int Position { get; init; }

    /// <summary>Where in what was sent it happened: a line of COPY's data.</summary>
    public string? Where { get; init; }
    public string? Schema { get; init; }
    public string? Table { get; init; }
    public string? Column { get; init; }
    public string? Constraint { get; init; }

    /// <summary>The connection ends after it.</summary>
    public bool EndsSession => Severity == Fatal;

    public static PgError FatalError(string sqlState, string message, string? hint = null) => new(sqlState, message) { Severity = Fatal, Hint = hint };
}

/// <summary>Ends what the client asked for with an error; the session turns it into an ErrorResponse.</summary>
internal sealed class PgException(PgError error) : Exception(error.Message)
{
    public PgException(string sqlState, string message) : this(new PgError(sqlState, message)) { }

    public PgError Error { get; } = error;
}
