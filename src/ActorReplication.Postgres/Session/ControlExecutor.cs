using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Session.Settings;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Session;

/// <summary>Carries out the statements that the session answers itself: transaction control, settings, SQL's prepared statements.</summary>
internal sealed class ControlExecutor(SessionContext session, StatementExecutor executor, Planner planner, SettingView settings, Copy.CopyCommand copies, Cursors.CursorCommand cursors, Notifications.NotifyCommand notifications)
{
    private static readonly ResultShape AllSettingsShape = new([new("name", PgOid.Text), new("setting", PgOid.Text), new("description", PgOid.Text)]);

    private readonly RoleExecutor _roles = new(session, executor);

    /// <summary>Those that a failed block still takes.</summary>
    public static bool EndsFailure(ControlStatement? control) => control is ControlStatement.Commit or ControlStatement.Rollback or ControlStatement.RollbackTo;

    /// <summary>Result columns of a control statement; null if it returns none.</summary>
    public ResultShape? ShapeOf(ControlStatement control) => control switch
    {
        ControlStatement.Show show when settings.Show(show.Name) is not null => new ResultShape([new ResultColumn(SettingView.Spelling(show.Name), PgOid.Text)]),
        ControlStatement.ShowAll => AllSettingsShape,
        ControlStatement.Fetch fetch => cursors.ShapeOf(fetch),
        ControlStatement.Execute execute => session.Statements.TryGet(execute.Name, out var prepared) ? prepared.Shape : throw NoStatement(execute.Name),
        _ => null,
    };

    public ValueTask ExecuteAsync(ControlStatement control, ResultShape? shape, byte[] formats, int maxRows)
    {
        switch (control)
        {
            case ControlStatement.Begin begin: return BeginAsync(begin);
            case ControlStatement.Commit commit: return CommitAsync(commit.Chain);
            case ControlStatement.Rollback rollback: return RollbackAsync(rollback.Chain);
            case ControlStatement.Savepoint savepoint: return SavepointAsync(savepoint.Name);
            case ControlStatement.Release release: return ReleaseAsync(release.Name);
            case ControlStatement.RollbackTo rollbackTo: return RollbackToAsync(rollbackTo.Name);
            case ControlStatement.Execute execute: return ExecutePreparedAsync(execute, formats, maxRows);
            case ControlStatement.AlterSystem alter: return AlterSystemAsync(alter);
            case ControlStatement.Prepare prepare: return PrepareAsync(prepare);
            case ControlStatement.Copy copy: return copies.RunAsync(copy);
            case ControlStatement.Listen listen: return notifications.ListenAsync(listen.Channel);
            case ControlStatement.Unlisten unlisten: return notifications.UnlistenAsync(unlisten.Channel);
            case ControlStatement.Notify notify: return notifications.NotifyAsync(notify.Channel, notify.Payload);
            case ControlStatement.Declare declare: return cursors.DeclareAsync(declare);
            case ControlStatement.Fetch fetch: return cursors.FetchAsync(fetch, shape, formats);
            case ControlStatement.CreateRole or ControlStatement.AlterRole or ControlStatement.DropRoles or ControlStatement.GrantRoles: return _roles.RunAsync(control);
        }
        var output = executor.Responses;
        switch (control)
        {
            case ControlStatement.Set set: Set(set, output); break;
            case ControlStatement.SetTransaction modes: SetTransaction(modes, output); break;
            case ControlStatement.Reset reset: session.Settings.Set(reset.Name, null, local: false); output.CommandComplete("RESET"); break;
            case ControlStatement.ResetAll: session.Settings.ResetAll(); output.CommandComplete("RESET"); break;
            case ControlStatement.Show show:
                RowSink.WriteTextRow(output, shape!, formats, [settings.Show(show.Name)], session.Settings.Format);
                output.CommandComplete("SHOW");
                break;
            case ControlStatement.ShowAll:
                foreach (var row in settings.All()) RowSink.WriteTextRow(output, AllSettingsShape, formats, row, session.Settings.Format);
                output.CommandComplete("SHOW");
                break;
            case ControlStatement.Discard discard: Discard(discard.What, output); break;
            case ControlStatement.Deallocate deallocate: Deallocate(deallocate.Name, output); break;
            case ControlStatement.CloseCursor close: cursors.Close(close); break;
            case ControlStatement.GrantPrivileges grant: RoleExecutor.Answer(session, grant, output); break;
            case ControlStatement.NoOperation nothing: output.CommandComplete(nothing.Tag); break;
            default: throw new PgException(SqlStates.FeatureNotSupported, "this statement is not supported");
        }
        return ValueTask.CompletedTask;
    }

    private async ValueTask BeginAsync(ControlStatement.Begin begin)
    {
        await executor.DrainAsync().ConfigureAwait(false);
        var transaction = session.Transaction;
        if (transaction.Status != BlockStatus.Idle)
        {
            session.Warn(session.Output, SqlStates.ActiveSqlTransaction, "there is already a transaction in progress");
            if (begin.Isolation is not null || begin.ReadOnly is not null) SetModes(begin.Isolation, begin.ReadOnly);
        }
        else
        {
            transaction.Begin(begin.Isolation ?? executor.DefaultIsolation, begin.ReadOnly ?? executor.IsReadOnlyByDefault);
        }
        session.Output.CommandComplete(begin.IsStart ? "START TRANSACTION" : "BEGIN");
    }

    private async ValueTask CommitAsync(bool chain)
    {
        var transaction = session.Transaction;
        switch (transaction.Status)
        {
            case BlockStatus.Idle:
                if (chain) throw new PgException(SqlStates.NoActiveSqlTransaction, "COMMIT AND CHAIN can only be used in transaction blocks");
                await executor.FinishAsync().ConfigureAwait(false);
                session.Warn(session.Output, SqlStates.NoActiveSqlTransaction, "there is no transaction in progress");
                session.Output.CommandComplete("COMMIT");
                return;
            case BlockStatus.Failed:
                await RollbackBlockAsync(chain).ConfigureAwait(false);
                session.Output.CommandComplete("ROLLBACK");
                return;
        }
        var (isolation, readOnly) = (transaction.Isolation, transaction.IsReadOnly);
        if (transaction.IsBackendOpen)
        {
            try
            {
                await executor.CommitAsync().ConfigureAwait(false);
            }
            catch (PgException)
            {
                // The block is over in any case.
                await executor.RollbackAsync().ConfigureAwait(false);
                session.Portals.Clear();
                throw;
            }
        }
        executor.Settle();
        session.Portals.Clear();
        if (chain) transaction.Begin(isolation, readOnly);
        session.Output.CommandComplete("COMMIT");
    }

    private async ValueTask RollbackAsync(bool chain)
    {
        if (session.Transaction.Status == BlockStatus.Idle)
        {
            if (chain) throw new PgException(SqlStates.NoActiveSqlTransaction, "ROLLBACK AND CHAIN can only be used in transaction blocks");
            await executor.DrainAsync().ConfigureAwait(false);
            await executor.RollbackAsync().ConfigureAwait(false);
            session.Warn(session.Output, SqlStates.NoActiveSqlTransaction, "there is no transaction in progress");
        }
        else
        {
            await RollbackBlockAsync(chain).ConfigureAwait(false);
        }
        session.Output.CommandComplete("ROLLBACK");
    }

    private async ValueTask RollbackBlockAsync(bool chain)
    {
        var (isolation, readOnly) = (session.Transaction.Isolation, session.Transaction.IsReadOnly);
        await executor.RollbackAsync().ConfigureAwait(false);
        session.Portals.Clear();
        if (chain) session.Transaction.Begin(isolation, readOnly);
    }

    private async ValueTask SavepointAsync(string name)
    {
        RequireBlock("SAVEPOINT");
        await executor.OpenAsync().ConfigureAwait(false);
        if (await session.Backend.SavepointAsync(name, session.Connection.Closed).ConfigureAwait(false) is { } error) throw new PgException(BackendErrors.ToPgError(error, null));
        session.Transaction.AddSavepoint(name, session.Settings.Snapshot(), session.Advisory.Mark);
        session.Mailbox.Savepoint(name);
        session.Cursors.Savepoint(name);
        session.Output.CommandComplete("SAVEPOINT");
    }

    private async ValueTask ReleaseAsync(string name)
    {
        RequireBlock("RELEASE SAVEPOINT");
        if (session.Transaction.Release(name) is null || !await session.Backend.ReleaseAsync(name, session.Connection.Closed).ConfigureAwait(false)) throw NoSavepoint(name);
        session.Mailbox.Release(name);
        session.Cursors.Release(name);
        session.Output.CommandComplete("RELEASE");
    }

    private async ValueTask RollbackToAsync(string name)
    {
        RequireBlock("ROLLBACK TO SAVEPOINT");
        if (session.Transaction.RollbackTo(name) is not { } restored) throw NoSavepoint(name);
        session.Settings.Restore(restored.Settings);
        session.Mailbox.RollbackTo(name);
        session.Cursors.RollbackTo(name);
        if (!await session.Backend.RollbackToAsync(name, session.Connection.Closed).ConfigureAwait(false)) throw NoSavepoint(name);
        session.Server.Advisory.ReleaseTo(session.Advisory, restored.Locks);
        session.Output.CommandComplete("ROLLBACK");
    }

    private void RequireBlock(string statement)
    {
        if (session.Transaction.Status == BlockStatus.Idle) throw new PgException(SqlStates.NoActiveSqlTransaction, $"{statement} can only be used in transaction blocks");
    }

    private static PgException NoSavepoint(string name) => new(SqlStates.InvalidSavepoint, $"savepoint \"{name}\" does not exist");

    private void Set(ControlStatement.Set set, OutputBuffer output)
    {
        var inBlock = session.Transaction.Status != BlockStatus.Idle;
        switch (set.Name.ToLowerInvariant())
        {
            case "transaction_isolation":
                SetModes(set.Value is null ? executor.DefaultIsolation : IsolationOf(set.Value), null);
                break;
            case "transaction_read_only":
                SetModes(null, set.Value is null ? executor.IsReadOnlyByDefault : Setting.CanonicalBool(set.Value) is { } value ? value == "on" : throw KnownSettings.All[set.Name].Invalid(set.Value));
                break;
            case "session_authorization" or "role" when set.Value is null || set.Value is "none" or "default" || set.Value == session.User: break;
            case "session_authorization" or "role": throw new PgException(SqlStates.InvalidParameterValue, $"role \"{set.Value}\" does not exist");
            default:
                if (!KnownSettings.All.ContainsKey(set.Name) && session.Server.Gateway.SystemSetting(set.Name) is not null)
                    throw new PgException(new PgError(SqlStates.CannotChangeNow, $"parameter \"{set.Name}\" cannot be changed now") { Hint = $"Use ALTER SYSTEM SET {set.Name}." });
                session.Settings.Set(set.Name, set.Value, set.Local);
                break;
        }
        if (set.Local && !inBlock) session.Warn(output, SqlStates.NoActiveSqlTransaction, "SET LOCAL can only be used in transaction blocks");
        output.CommandComplete("SET");
    }

    private static Isolation IsolationOf(string name) =>
        KnownSettings.All["transaction_isolation"].Canonical(name) is { } canonical ? StatementExecutor.IsolationOf(canonical) : throw KnownSettings.All["transaction_isolation"].Invalid(name);

    private void SetTransaction(ControlStatement.SetTransaction modes, OutputBuffer output)
    {
        if (modes.SessionDefault)
        {
            if (modes.Isolation is { } isolation)
                session.Settings.Set("default_transaction_isolation", isolation switch { Isolation.RepeatableRead => "repeatable read", Isolation.Serializable => "serializable", _ => "read committed" }, local: false);
            if (modes.ReadOnly is { } readOnly) session.Settings.Set("default_transaction_read_only", readOnly ? "on" : "off", local: false);
        }
        else if (session.Transaction.Status == BlockStatus.Idle)
        {
            session.Warn(output, SqlStates.NoActiveSqlTransaction, "SET TRANSACTION can only be used in transaction blocks");
        }
        else
        {
            SetModes(modes.Isolation, modes.ReadOnly);
        }
        output.CommandComplete("SET");
    }

    private void SetModes(Isolation? isolation, bool? readOnly)
    {
        var transaction = session.Transaction;
        if (transaction.Status == BlockStatus.Idle) return;
        if (isolation is { } level && level != transaction.Isolation)
        {
            if (transaction.HasRun) throw new PgException(SqlStates.ActiveSqlTransaction, "SET TRANSACTION ISOLATION LEVEL must be called before any query");
            transaction.Isolation = level;
        }
        if (readOnly is not { } only || only == transaction.IsReadOnly) return;
        if (!only && transaction.HasRun) throw new PgException(SqlStates.ActiveSqlTransaction, "transaction read-write mode must be set before any query");
        transaction.IsReadOnly = only;
    }

    private async ValueTask AlterSystemAsync(ControlStatement.AlterSystem alter)
    {
        if (session.Transaction.Status != BlockStatus.Idle || executor.HasPending || session.Transaction.IsBackendOpen)
            throw new PgException(SqlStates.ActiveSqlTransaction, "ALTER SYSTEM cannot run inside a transaction block");
        session.Rights.RequireAdmin("permission denied to set parameter");
        if (await session.Server.Gateway.AlterSystemAsync(alter.Name, alter.Value, session.Connection.Closed).ConfigureAwait(false) is { } error) throw new PgException(BackendErrors.ToPgError(error, null));
        session.Output.CommandComplete("ALTER SYSTEM");
    }

    private void Discard(string what, OutputBuffer output)
    {
        if (what.Equals("ALL", StringComparison.OrdinalIgnoreCase))
        {
            if (session.Transaction.Status != BlockStatus.Idle) throw new PgException(SqlStates.ActiveSqlTransaction, "DISCARD ALL cannot run inside a transaction block");
            session.Portals.Clear();
            session.Cursors.CloseAll();
            session.Mailbox.UnlistenAll();
            session.Server.Advisory.ReleaseAll(session.Advisory, ofTransaction: false);
            session.Statements.Clear();
            session.Settings.ResetAll();
        }
        output.CommandComplete("DISCARD " + what.ToUpperInvariant());
    }

    private void Deallocate(string? name, OutputBuffer output)
    {
        if (name is null) session.Statements.Clear();
        else if (!session.Statements.Remove(name)) throw NoStatement(name);
        output.CommandComplete(name is null ? "DEALLOCATE ALL" : "DEALLOCATE");
    }

    private async ValueTask PrepareAsync(ControlStatement.Prepare prepare)
    {
        var types = new uint[prepare.TypeNames.Count];
        for (var i = 0; i < types.Length; i++)
        {
            types[i] = PgTypes.OidOf(prepare.TypeNames[i]);
            if (types[i] == 0 && prepare.TypeNames[i] != "unknown") throw new PgException(SqlStates.UndefinedObject, $"type \"{prepare.TypeNames[i]}\" does not exist");
        }
        if (session.Statements.TryGet(prepare.Name, out _)) throw DuplicateStatement(prepare.Name);
        RequireRoom();
        var shared = StatementCache.Wrap(prepare.Statement);
        var plan = await planner.PlanAsync(shared, types).ConfigureAwait(false);
        session.Statements.Set(prepare.Name, new PreparedStatement(prepare.Name, shared, types) { Plan = plan });
        executor.Responses.CommandComplete("PREPARE");
    }

    private async ValueTask ExecutePreparedAsync(ControlStatement.Execute execute, byte[] formats, int maxRows)
    {
        if (!session.Statements.TryGet(execute.Name, out var prepared)) throw NoStatement(execute.Name);
        if (prepared.Statement is null || prepared.Control is not null) throw new PgException(SqlStates.FeatureNotSupported, $"prepared statement \"{execute.Name}\" cannot be run by EXECUTE");
        var plan = await planner.RefreshAsync(prepared).ConfigureAwait(false);
        if (execute.LiteralArguments.Count != plan.ParameterTypes.Length)
        {
            throw new PgException(new PgError(SqlStates.SyntaxError, $"wrong number of parameters for prepared statement \"{execute.Name}\"")
            {
                Detail = $"Expected {plan.ParameterTypes.Length} parameters but got {execute.LiteralArguments.Count}.",
            });
        }
        var values = new SqlValue[plan.ParameterTypes.Length];
        for (var i = 0; i < values.Length; i++)
        {
            string? text = execute.LiteralArguments[i];
            values[i] = text is null ? SqlValue.Null : PgTypes.Find(plan.ParameterTypes[i]).ReadText(System.Text.Encoding.UTF8.GetBytes(text), session.Arena, session.Settings.Format);
        }
        await executor.ExecuteAsync(new Portal("", prepared, plan, values, formats), maxRows).ConfigureAwait(false);
    }

    public void RequireRoom()
    {
        var most = session.Server.Options.Limits.PreparedStatements;
        if (session.Statements.NamedCount >= most)
            throw new PgException(new PgError(SqlStates.ProgramLimitExceeded, $"too many prepared statements: at most {most} in a session") { Hint = "Close or DEALLOCATE those no longer used." });
    }

    public static PgException NoStatement(string name) => new(SqlStates.InvalidStatementName, $"prepared statement \"{name}\" does not exist");

    public static PgException DuplicateStatement(string name) => new(SqlStates.DuplicatePreparedStatement, $"prepared statement \"{name}\" already exists");
}
