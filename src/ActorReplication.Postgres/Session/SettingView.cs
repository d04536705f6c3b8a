using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Session.Settings;

namespace ActorReplication.Postgres.Session;

/// <summary>Settings as they are shown: those kept by the session, and those that follow from node, transaction and server.</summary>
internal sealed class SettingView(SessionContext session)
{
    /// <summary>In the order PostgreSQL sends them at startup.</summary>
    private static readonly string[] Reported =
    [
        "application_name", "client_encoding", "DateStyle", "default_transaction_read_only", "in_hot_standby", "integer_datetimes", "IntervalStyle", "is_superuser",
        "server_encoding", "server_version", "session_authorization", "standard_conforming_strings", "TimeZone",
    ];

    private readonly string?[] _told = new string?[Reported.Length];
    private int _toldVersion = -1;
    private NodeState? _toldNode;

    /// <summary>Tells the client of reported settings that it does not know yet.</summary>
    public void Report(OutputBuffer output)
    {
        if (_toldVersion == session.Settings.Version && ReferenceEquals(_toldNode, session.Node)) return;
        _toldVersion = session.Settings.Version;
        _toldNode = session.Node;
        for (var i = 0; i < Reported.Length; i++)
        {
            var value = Find(Reported[i]) ?? "";
            if (_told[i] == value) continue;
            _told[i] = value;
            output.ParameterStatus(Reported[i], value);
        }
    }

    public string Show(string name) => Find(name) ?? throw SessionSettings.Unrecognized(name);

    /// <summary>Name in its own spelling, for SHOW's column.</summary>
    public static string Spelling(string name) => KnownSettings.All.TryGetValue(name, out var setting) ? setting.Name : name.ToLowerInvariant();

    public string? Find(string name) => name.ToLowerInvariant() switch
    {
        "in_hot_standby" => OnOff(session.Node.Role != NodeRole.Leader),
        "default_transaction_read_only" => session.Settings.IsSet(name) && session.Node.Role == NodeRole.Leader ? session.Settings.Find(name) : OnOff(session.Node.Role != NodeRole.Leader || session.Settings.Find(name) == "on"),
        "transaction_read_only" => OnOff(session.Node.Role != NodeRole.Leader || (session.Transaction.Status == BlockStatus.Idle ? session.Settings.Find("default_transaction_read_only") == "on" : session.Transaction.IsReadOnly)),
        "transaction_isolation" => session.Transaction.Status == BlockStatus.Idle ? session.Settings.Find("default_transaction_isolation") : NameOf(session.Transaction.Isolation),
        "session_authorization" => session.User,
        "is_superuser" => OnOff(session.Rights.Now.IsAdmin),
        "server_version" => session.Server.Options.ServerVersion,
        "server_version_num" => VersionNumber(session.Server.Options.ServerVersion),
        "max_connections" => session.Server.Options.MaxConnections.ToString(System.Globalization.CultureInfo.InvariantCulture),
        "superuser_reserved_connections" => session.Server.Options.SuperuserReservedConnections.ToString(System.Globalization.CultureInfo.InvariantCulture),
        _ => session.Settings.Find(name) ?? session.Server.Gateway.SystemSetting(name),
    };

    public IEnumerable<string?[]> All()
    {
        foreach (var setting in KnownSettings.All.Values.OrderBy(setting => setting.Name, StringComparer.OrdinalIgnoreCase))
            yield return [setting.Name, Find(setting.Name), ""];
    }

    private static string OnOff(bool value) => value ? "on" : "off";

    private static string NameOf(Isolation isolation) => isolation switch
    {
        Isolation.RepeatableRead => "repeatable read",
        Isolation.Serializable => "serializable",
        _ => "read committed",
    };

    /// <summary>"15.14 (…)" is 150014.</summary>
    private static string VersionNumber(string version)
    {
        var number = version.Split(' ')[0].Split('.');
        return int.TryParse(number[0], out var major) && int.TryParse(number.ElementAtOrDefault(1) ?? "0", out var minor) ? $"{major}{minor:0000}" : "150000";
    }
}
