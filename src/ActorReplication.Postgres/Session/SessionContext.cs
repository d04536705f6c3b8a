using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Session.Settings;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Session;

/// <summary>What the parts of one session share. Used by one thread at a time.</summary>
internal sealed class SessionContext(ServerContext server, Connection connection, int processId, SessionRights rights)
{
    public ServerContext Server { get; } = server;
    public Connection Connection { get; } = connection;
    public int ProcessId { get; } = processId;
    public string User { get; set; } = "";

    /// <summary>What the session's user may do.</summary>
    public SessionRights Rights { get; } = rights;
    public string Database { get; set; } = "";

    public ISqlBackend Backend { get; } = server.Gateway.OpenBackend();
    public SessionSettings Settings { get; } = new();
    public TransactionBlock Transaction { get; } = new(server.Clock);
    public NameTable<PreparedStatement> Statements { get; } = new();
    public NameTable<Portal> Portals { get; } = new();
    public ValueArena Arena { get; } = new();

    /// <summary>The node as this session knows it.</summary>
    public NodeState Node { get; set; } = server.Gateway.State;

    /// <summary>What replication.last_commit() answers; asked for just before a statement that calls it.</summary>
    public string? LastCommit { get; set; }

    public Notifications.Mailbox Mailbox { get; } = new(server, processId);
    public Cursors.CursorTable Cursors { get; } = new();

    /// <summary>Its advisory locks.</summary>
    public Advisory.AdvisoryOwner Advisory { get; } = new(processId);

    /// <summary>The client is sending rows: what it says is data until it says that this is all.</summary>
    public Copy.CopyIn? Copy { get; set; }

    /// <summary>How the next statement runs: as the settings say, within the role's rights.</summary>
    public RunOptions Options => Rights.Now.CanWrite ? Settings.Options : Settings.Options with { MayWrite = false };

    public OutputBuffer Output => Connection.Output;

    public void Notice(OutputBuffer output, PgError notice)
    {
        if (notice.Severity == PgError.Warning ? Settings.SendsWarnings : Settings.SendsNotices) output.NoticeResponse(notice);
    }

    public void Warn(OutputBuffer output, string sqlState, string message) => Notice(output, new PgError(sqlState, message) { Severity = PgError.Warning });
}

/// <summary>What all sessions share. Thread-safe.</summary>
internal sealed record ServerContext(PgServerOptions Options, ISqlGateway Gateway, ITranslator Translator, SchemaCache Schemas, StatementCache Cache, TimeProvider Clock, Microsoft.Extensions.Logging.ILogger Log)
{
    /// <summary>Of this node's sessions.</summary>
    public Advisory.AdvisoryLocks Advisory { get; } = new();

    /// <summary>For results that sessions keep in temporary files.</summary>
    public Cursors.SpoolBudget Spools { get; } = new(Options.SpoolBytes, Options.SpoolFiles);
}
