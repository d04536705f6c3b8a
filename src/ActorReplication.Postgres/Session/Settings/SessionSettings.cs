using System.Collections.Immutable;
using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Session.Settings;

/// <summary>A session's parameters in three layers: defaults (the server's, then those of the startup packet), SET, and SET LOCAL. Snapshots
/// are cheap, so that rolling back a transaction or a savepoint takes its SETs back. Not thread-safe.</summary>
internal sealed class SessionSettings
{
    private static readonly ImmutableDictionary<string, string> None = ImmutableDictionary<string, string>.Empty.WithComparers(StringComparer.OrdinalIgnoreCase);

    private ImmutableDictionary<string, string> _defaults = None;
    private Values _values = new(None, None);

    /// <summary>What a rollback restores.</summary>
    public readonly record struct Values(ImmutableDictionary<string, string> Session, ImmutableDictionary<string, string> Local);

    /// <summary>Rises with every change, so that looking for values to report costs nothing when there is none.</summary>
    public int Version { get; private set; }

    public RunOptions Options { get; private set; }
    public ValueFormat Format { get; private set; } = ValueFormat.Default;
    public int IdleInTransactionMs { get; private set; }
    public int IdleSessionMs { get; private set; }

    /// <summary>Notices below it are not sent.</summary>
    public bool SendsNotices { get; private set; } = true;
    public bool SendsWarnings { get; private set; } = true;

    public SessionSettings() => Apply();

    public Values Snapshot() => _values;

    public void Restore(Values values)
    {
        if (values == _values) return;
        _values = values;
        Apply();
    }

    /// <summary>The transaction is over: what was SET LOCAL is gone.</summary>
    public void EndTransaction() => Restore(_values with { Local = None });

    /// <summary>A value from the server's configuration or the startup packet: what RESET goes back to.</summary>
    public void SetDefault(string name, string value)
    {
        _defaults = _defaults.SetItem(name, Canonical(name, value, fix: true));
        Apply();
    }

    /// <param name="value">Null: DEFAULT.</param>
    public void Set(string name, string? value, bool local)
    {
        if (KnownSettings.All.TryGetValue(name, out var setting) && setting.Fixed) throw new PgException(SqlStates.CannotChangeNow, $"parameter \"{setting.Name}\" cannot be changed");
        if (value is null) { Reset(name, local); return; }
        var canonical = Canonical(name, value, fix: false);
        _values = local
            ? _values with { Local = _values.Local.SetItem(name, canonical) }
            : new Values(_values.Session.SetItem(name, canonical), _values.Local.Remove(name));
        Apply();
    }

    /// <summary>No commit token any more, but for the one that SET LOCAL may have hidden.</summary>
    public void SpendToken()
    {
        const string name = KnownSettings.CommitTokenName;
        // One from the startup packet is a default, and has to be hidden.
        _values = _values.Local.ContainsKey(name) ? _values with { Local = _values.Local.Remove(name) }
            : _values with { Session = _defaults.ContainsKey(name) ? _values.Session.SetItem(name, "") : _values.Session.Remove(name) };
        Apply();
    }

    public void ResetAll()
    {
        _values = new Values(None, None);
        Apply();
    }

    /// <summary>Null: no such parameter.</summary>
    public string? Find(string name)
    {
        if (_values.Local.TryGetValue(name, out var value) || _values.Session.TryGetValue(name, out value) || _defaults.TryGetValue(name, out value)) return value;
        return KnownSettings.All.TryGetValue(name, out var setting) ? setting.Default : null;
    }

    /// <summary>SET in this session, rather than a default.</summary>
    public bool IsSet(string name) => _values.Local.ContainsKey(name) || _values.Session.ContainsKey(name);

    public static PgException Unrecognized(string name) => new(SqlStates.UndefinedObject, $"unrecognized configuration parameter \"{name}\"");

    private void Reset(string name, bool local)
    {
        if (Find(name) is null && !name.Contains('.')) throw Unrecognized(name);
        var reset = _defaults.TryGetValue(name, out var value) ? value : KnownSettings.All.TryGetValue(name, out var setting) ? setting.Default : "";
        _values = local ? _values with { Local = _values.Local.SetItem(name, reset) } : new Values(_values.Session.Remove(name), _values.Local.Remove(name));
        Apply();
    }

    /// <param name="fix">The server itself gives the value, so a fixed parameter takes it too.</param>
    private static string Canonical(string name, string value, bool fix)
    {
        if (KnownSettings.All.TryGetValue(name, out var setting)) return setting.Fixed && fix ? value : setting.Canonical(value) ?? throw setting.Invalid(value);
        if (name.Contains('.')) return value;
        throw Unrecognized(name);
    }

    private void Apply()
    {
        Version++;
        Options = new RunOptions(
            Find("synchronous_commit") switch { "off" => CommitLevel.Off, "local" => CommitLevel.Local, "remote_write" => CommitLevel.RemoteWrite, "remote_apply" => CommitLevel.RemoteApply, _ => CommitLevel.On },
            Find("replication.read_consistency") switch { "local" => ReadConsistency.Local, "session" => ReadConsistency.Session, "linearizable" => ReadConsistency.Linearizable, _ => ReadConsistency.Default },
            Milliseconds("statement_timeout"), Milliseconds("lock_timeout"), Find("replication.commit_token") is { Length: > 0 } token ? token : null);
        IdleInTransactionMs = Milliseconds("idle_in_transaction_session_timeout");
        IdleSessionMs = Milliseconds("idle_session_timeout");
        Format = new ValueFormat(TimeZones.Find(Find("TimeZone")!) ?? TimeZoneInfo.Utc, Find("bytea_output") == "escape", Find("IntervalStyle") switch
        {
            "postgres_verbose" => IntervalStyle.PostgresVerbose,
            "sql_standard" => IntervalStyle.SqlStandard,
            "iso_8601" => IntervalStyle.Iso8601,
            _ => IntervalStyle.Postgres,
        });
        var least = Find("client_min_messages");
        SendsNotices = least is not ("warning" or "error");
        SendsWarnings = least is not "error";
    }

    private int Milliseconds(string name) => Durations.Milliseconds(Find(name)!) ?? 0;
}
