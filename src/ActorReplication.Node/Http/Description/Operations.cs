using ActorReplication.Node.Checks;
using ActorReplication.Node.Http.Config;
using ActorReplication.Node.Http.Outlook;
using ActorReplication.Node.Http.Sessions;
using ActorReplication.Node.Http.Sql;

namespace ActorReplication.Node.Http.Description;

/// <summary>Every path that the HTTP port answers for people and programs. A test compares it with the routes. What nodes ask each other in the course of something larger is named in <see cref="BetweenNodes"/> only.</summary>
internal static class Operations
{
    /// <summary>Parts of an operation that is described; not for clients.</summary>
    public static IReadOnlyList<string> BetweenNodes { get; } =
        ["/api/salvage/own", "/api/salvage/put", "/api/db/check/arm", "/api/db/check/hashes", "/api/db/check/sums", "/api/db/check/rows", "/api/db/check/end", "/api/log/position"];

    private static readonly (string, string) Lag = ("lag", "Most bytes that the node may be behind, as 1048576, 1024kB or 16MB.");
    private static readonly (string, string) Node = ("node", "Another node, whose answer is handed on.");

    public static IReadOnlyList<Operation> All { get; } =
    [
        Health("/", "This node leads and takes writes"),
        Health("/primary", "This node leads and takes writes"),
        Health("/master", "As /primary"),
        Health("/read-write", "As /primary"),
        Health("/leader", "As /primary"),
        Health("/standby-leader", "Never: there are no standby clusters"),
        Health("/replica", "A follower that serves reads", Lag),
        Health("/read-only", "The node serves reads, whatever its role", Lag),
        Health("/read-only-sync", "The leader, or a follower that commits wait for by name or all together"),
        Health("/read-only-quorum", "The leader, or a follower of the quorum"),
        Health("/synchronous", "A follower that every commit waits for"),
        Health("/sync", "As /synchronous"),
        Health("/quorum", "A follower of those of which commits wait for some"),
        Health("/asynchronous", "A follower that no commit waits for", Lag),
        Health("/async", "As /asynchronous", Lag),
        Health("/health", "The process answers"),
        Health("/liveness", "The process answers: for a liveness probe"),
        Health("/readiness", "The node leads, or follows within the lag: for a readiness probe", Lag),
        Health("/patroni", "The node's state, always with 200"),

        new("get", "/cluster", "state", "The cluster in Patroni's shape", null, PatroniJson.Default.PatroniCluster),
        new("get", "/history", "state", "Elections won, in Patroni's shape: term, position, reason, time, leader"),
        new("get", "/metrics", "state", "Prometheus text") { ContentType = "text/plain" },
        new("get", "/openapi.json", "state", "This description"),
        new("get", "/ui", "state", "The dashboard") { ContentType = "text/html" },
        new("get", "/api/node", "state", "This node about itself", null, ApiJson.Default.NodeView),
        new("get", "/api/cluster", "state", "All nodes, asked now", null, ApiJson.Default.ClusterView),
        new("get", "/api/replication/status", "state", "As /api/cluster", null, ApiJson.Default.ClusterView),
        new("get", "/api/events", "state", "Server-sent events: the cluster, each second and at each change of leader") { ContentType = "text/event-stream", Others = [(503, "too many watchers")] },
        new("get", "/api/elections", "state", "The nodes' election records, oldest first", null, ApiJson.Default.IReadOnlyListElectionView) { Query = [("own", "Only this node's.")] },

        new("post", "/api/sql", "sql", "Statements, as one transaction", SqlJsonContext.Default.SqlRequest)
        {
            Query = [("leader", "Have the leader carry it out, whoever is asked."), ("user", "As whom. Default: whose password is shown (Authorization: Basic), else postgres. By the rules of postgres.hba; with the token anybody.")],
            Others = [(401, "postgres.hba asks for a password, and none is shown"), (403, "not let in by postgres.hba, or not allowed"), (400, "wrong statement"), (409, "a constraint, or a conflict with another transaction"), (503, "no leader here, or too busy; nothing has happened"), (504, "timed out, or the outcome is unknown: it may have happened; retry only with commitToken")],
        },

        new("get", "/api/leader/what-if", "leader", "Who would win if the leader died now, what would be lost, and how long it would take", null, OutlookJson.Default.WhatIfView),
        Post("/api/leader/switchover", "leader", "Hands the leadership over; without a name, to the most complete follower", ApiJson.Default.LeaderRequest),
        Post("/api/leader/failover", "leader", "Has a node stand for election though nobody hands over", ApiJson.Default.LeaderRequest),
        Post("/api/replication/policy", "replication", "Sets how many copies a commit waits for", ApiJson.Default.PolicyRequest),

        Post("/api/replication/pause", "replication", "Nobody takes over from the leader by itself, until resumed", null),
        Post("/api/replication/resume", "replication", "Followers take over by themselves again", null),

        new("get", "/api/config", "config", "The cluster's settings, which live in the log", null, ConfigJson.Default.SettingsView),
        Post("/api/config/set", "config", "Changes one of them; null: back to its default", ConfigJson.Default.SettingRequest),
        new("get", "/api/config/history", "config", "What was changed when, as far back as the log goes", null, ConfigJson.Default.HistoryView),

        new("get", "/api/sessions", "sessions", "SQL sessions of this node", null, SessionJson.Default.SessionsView) { Query = [Node] },
        Post("/api/sessions/cancel", "sessions", "Ends what a session runs", SessionJson.Default.SessionRequest),
        Post("/api/sessions/terminate", "sessions", "Ends a session", SessionJson.Default.SessionRequest),

        new("get", "/api/members", "members", "The members, and who waits to be let in", null, ApiJson.Default.MembersView),
        Post("/api/members/add", "members", "Lets a node in", ApiJson.Default.MemberRequest),
        Post("/api/members/remove", "members", "Removes a member", ApiJson.Default.MemberRequest),
        Post("/api/members/promote", "members", "A learner becomes a voter", ApiJson.Default.MemberRequest),
        Post("/api/members/demote", "members", "A voter becomes a learner", ApiJson.Default.MemberRequest),
        Post("/api/members/tag", "members", "Changes a member's tags", ApiJson.Default.MemberRequest),
        Post("/api/members/reinit", "members", "A follower copies the leader's database anew", ApiJson.Default.MemberRequest),

        new("get", "/api/users", "users", "Roles and their rights", null, ApiJson.Default.UserList),
        Post("/api/users/add", "users", "Makes a role that may log in", ApiJson.Default.UserRequest),
        Post("/api/users/remove", "users", "Drops a role", ApiJson.Default.UserRequest),
        Post("/api/users/grant", "users", "Gives a role rights", ApiJson.Default.UserRequest),
        Post("/api/users/revoke", "users", "Takes rights from a role", ApiJson.Default.UserRequest),
        Post("/api/users/password", "users", "Sets a role's password", ApiJson.Default.UserRequest),

        new("get", "/api/log", "log", "Entries of a node's log") { Query = [("from", "First index."), ("to", "Last index."), ("full", "Whole row changes."), Node] },
        new("get", "/api/log/positions", "log", "From where to where each node's log goes", null, ApiJson.Default.IReadOnlyListLogPositionView),
        new("get", "/api/log/verify", "log", "Reads a node's journal through", null, ApiJson.Default.LogCheckView) { Query = [Node] },

        new("get", "/api/salvage", "salvage", "What nodes had to take back", null, SalvageJson.Default.SalvageListView),
        new("get", "/api/salvage/show", "salvage", "A salvage file") { Query = [("file", "Its name."), Node], ContentType = "text/plain" },
        Post("/api/salvage/apply", "salvage", "Puts it back as one transaction", SalvageJson.Default.SalvageRequest),
        Post("/api/salvage/drop", "salvage", "Removes it", SalvageJson.Default.SalvageRequest),

        Post("/api/db/check", "db", "Compares all tables of all nodes at one log index", null, CheckJson.Default.CheckView),
        Post("/api/db/repair", "db", "A follower copies the leader's database anew; answers when that is done", CheckJson.Default.RepairRequest),

        Post("/api/backup/take", "backup", "Begins a base backup on this node's machine", BackupJson.Default.BackupRequest, BackupJson.Default.BackupJobView),
        Post("/api/backup/verify", "backup", "Begins to read a backup through", BackupJson.Default.BackupRequest, BackupJson.Default.BackupJobView),
        new("get", "/api/backup/job", "backup", "How far the last one is", null, BackupJson.Default.BackupJobView) { Others = [(404, "there was none")] },
        new("get", "/api/backup/list", "backup", "Backups in a folder of this node's machine", null, BackupJson.Default.BackupListView) { Query = [("folder", "Its full path.")] },
        new("get", "/api/backup/archive", "backup", "How far the log is archived", null, BackupJson.Default.ArchiveView) { Others = [(404, "this node does not archive")] },
    ];

    private static Operation Health(string path, string summary, params (string, string)[] query) =>
        new("get", path, "health", summary, null, PatroniJson.Default.PatroniView) { Query = query, Others = [(503, "no")] };

    private static Operation Post(string path, string group, string summary, System.Text.Json.Serialization.Metadata.JsonTypeInfo? body, System.Text.Json.Serialization.Metadata.JsonTypeInfo? answer = null) =>
        new("post", path, group, summary, body, answer) { Others = [(400, "not such a request"), (403, "from a foreign page"), (412, "not possible as things are"), (503, "no leader")] };
}
