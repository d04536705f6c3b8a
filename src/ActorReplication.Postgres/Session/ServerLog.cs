using Microsoft.Extensions.Logging;

namespace ActorReplication.Postgres.Session;

internal static partial class ServerLog
{
    [LoggerMessage(1, LogLevel.Information, "Listening for PostgreSQL clients on {Endpoint}")]
    public static partial void Listening(ILogger logger, string endpoint);

    [LoggerMessage(2, LogLevel.Warning, "Closed a connection from {Address}: {Problem}")]
    public static partial void ProtocolViolation(ILogger logger, string? address, string problem);

    [LoggerMessage(3, LogLevel.Information, "Refused a connection from {Address}: {SqlState} {Problem}")]
    public static partial void Refused(ILogger logger, string? address, string sqlState, string problem);

    [LoggerMessage(4, LogLevel.Error, "Session {ProcessId} failed; its connection is closed")]
    public static partial void SessionFailed(ILogger logger, int processId, Exception problem);

    [LoggerMessage(5, LogLevel.Error, "Accepting connections failed; trying again")]
    public static partial void AcceptFailed(ILogger logger, Exception problem);

    [LoggerMessage(6, LogLevel.Debug, "Session {ProcessId} of {User} opened from {Address}")]
    public static partial void SessionOpened(ILogger logger, int processId, string user, string? address);

    [LoggerMessage(7, LogLevel.Warning, "Closed a connection from {Address}: the TLS handshake failed: {Problem}")]
    public static partial void TlsFailed(ILogger logger, string? address, string problem);

    [LoggerMessage(8, LogLevel.Warning, "Audit: refused {User} from {Address}: {Reason}")]
    public static partial void LoginRefused(ILogger logger, string user, string? address, string reason);

    [LoggerMessage(9, LogLevel.Information, "Audit: {User} from {Address} is let in by {Method}")]
    public static partial void LoggedIn(ILogger logger, string user, string? address, Security.AccessMethod method);

    [LoggerMessage(10, LogLevel.Warning, "Audit: denied {User}: {Reason}")]
    public static partial void Denied(ILogger logger, string user, string reason);

    [LoggerMessage(11, LogLevel.Warning, "Audit: {User} changed roles: {Command}")]
    public static partial void RolesChanged(ILogger logger, string user, string command);

    [LoggerMessage(12, LogLevel.Warning, "Audit: a cancel request from {Address} ({How}) is not taken: no rule lets anybody in from there in that way")]
    public static partial void CancelRefused(ILogger logger, string? address, string how);

    [LoggerMessage(13, LogLevel.Warning, "Closed a connection from {Address}: it had not shown who it is, and newer ones needed its place")]
    public static partial void LetGo(ILogger logger, string? address);
}
