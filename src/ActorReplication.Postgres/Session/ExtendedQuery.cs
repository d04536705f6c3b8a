using System.Runtime.CompilerServices;
using System.Text;
using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Frontend;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Session;

/// <summary>The extended protocol: Parse, Bind, Describe, Execute, Close. Sync and Flush are the session's.</summary>
internal sealed class ExtendedQuery(SessionContext session, StatementExecutor executor, Planner planner, ControlExecutor control, Cursors.CursorCommand cursors)
{
    public ValueTask ParseAsync(ReadOnlySpan<byte> body)
    {
        var message = ParseMessage.Read(body);
        var statement = Single(session.Server.Cache.Get(body[(message.Name.Length + 1)..], message.Query.Length));
        if (!message.Name.IsEmpty)
        {
            if (session.Statements.TryGet(message.Name, out _)) throw ControlExecutor.DuplicateStatement(Encoding.UTF8.GetString(message.Name));
            control.RequireRoom();
        }
        var types = Types(message.Types);
        var name = message.Name.IsEmpty ? "" : Encoding.UTF8.GetString(message.Name);
        if (statement?.Parsed.Control is ControlStatement.Declare declare) return ParseDeclareAsync(name, statement, types, declare);
        if (statement is null || statement.Parsed.Control is { } command && Prepared(name, statement, types, command)) return Done(statement is null ? new PreparedStatement(name, null, types) : null);
        RequireWorkingBlock();
        return planner.TryPlan(statement, types) is { } plan ? Done(Made(name, statement, types, plan)) : ParseSlowlyAsync(name, statement, types);
    }

    public ValueTask BindAsync(ReadOnlyMemory<byte> body)
    {
        var message = BindMessage.Read(body.Span);
        var prepared = Find(message.Statement);
        if (prepared.Statement is null || prepared.Control is not null || planner.IsFresh(prepared)) { Bind(message, prepared, prepared.Plan); return ValueTask.CompletedTask; }
        RequireWorkingBlock();
        return BindSlowlyAsync(body, prepared);
    }

    public void Describe(ReadOnlySpan<byte> body)
    {
        var message = TargetMessage.Read(body, "DESCRIBE");
        var output = executor.Responses;
        if (message.IsStatement)
        {
            var prepared = Find(message.Name);
            if (prepared.Shape is not null) RequireWorkingBlock();
            output.ParameterDescription(prepared.Plan is { } plan ? plan.ParameterTypes : []);
            if (prepared.Shape is { } shape) shape.WriteDescription(output, []);
            else output.NoData();
            return;
        }
        // A cursor of SQL's is a portal too: psycopg 3 asks what its columns are.
        if (!session.Portals.TryGet(message.Name, out _) && session.Cursors.Find(Encoding.UTF8.GetString(message.Name)) is { } cursor)
        {
            RequireWorkingBlock();
            cursor.Shape.WriteDescription(output, []);
            return;
        }
        var portal = FindPortal(message.Name);
        if (portal.Shape is { } columns)
        {
            RequireWorkingBlock();
            columns.WriteDescription(output, portal.ResultFormats);
        }
        else
        {
            output.NoData();
        }
    }

    public ValueTask ExecuteAsync(ReadOnlySpan<byte> body)
    {
        var message = ExecuteMessage.Read(body);
        var portal = FindPortal(message.Portal);
        if (portal.Statement.Statement is null)
        {
            executor.Responses.EmptyQueryResponse();
            return ValueTask.CompletedTask;
        }
        var command = portal.Statement.Control;
        if (!ControlExecutor.EndsFailure(command)) RequireWorkingBlock();
        if (command is null) return executor.ExecuteAsync(portal, message.MaxRows);
        if (portal.IsRun && portal.Shape is null) throw new PgException(SqlStates.ObjectNotInPrerequisiteState, $"portal \"{portal.Name}\" cannot be run");
        portal.IsRun = true;
        if (command is ControlStatement.Declare declare) return cursors.DeclareAsync(declare, portal.Plan!, portal.Parameters);
        return control.ExecuteAsync(command, portal.Shape, portal.ResultFormats, message.MaxRows);
    }

    public void Close(ReadOnlySpan<byte> body)
    {
        var message = TargetMessage.Read(body, "CLOSE");
        var name = Encoding.UTF8.GetString(message.Name);
        if (message.IsStatement) session.Statements.Remove(name);
        else if (!session.Portals.Remove(name)) session.Cursors.Close(name);
        executor.Responses.CloseComplete();
    }

    private ValueTask Done(PreparedStatement? made)
    {
        if (made is not null) session.Statements.Set(made.Name, made);
        executor.Responses.ParseComplete();
        return ValueTask.CompletedTask;
    }

    private bool Prepared(string name, SharedStatement statement, uint[] types, Dialect.ControlStatement command)
    {
        if (!ControlExecutor.EndsFailure(command)) RequireWorkingBlock();
        session.Statements.Set(name, new PreparedStatement(name, statement, types) { ControlShape = control.ShapeOf(command) });
        return true;
    }

    private PreparedStatement Made(string name, SharedStatement statement, uint[] types, Plan plan) =>
        new(name, statement, types) { Plan = plan, ControlShape = plan.Translation.Control is { } command ? control.ShapeOf(command) : null };

    private async ValueTask ParseSlowlyAsync(string name, SharedStatement statement, uint[] types)
    {
        var plan = await planner.PlanAsync(statement, types).ConfigureAwait(false);
        await Done(Made(name, statement, types, plan)).ConfigureAwait(false);
    }

    /// <summary>The one control statement with parameters: those of the cursor's query.</summary>
    private async ValueTask ParseDeclareAsync(string name, SharedStatement statement, uint[] types, ControlStatement.Declare declare)
    {
        RequireWorkingBlock();
        var plan = await planner.PlanAsync(StatementCache.Wrap(declare.Query), types).ConfigureAwait(false);
        await Done(new PreparedStatement(name, statement, types) { Plan = plan }).ConfigureAwait(false);
    }

    private async ValueTask BindSlowlyAsync(ReadOnlyMemory<byte> body, PreparedStatement prepared)
    {
        var plan = await planner.RefreshAsync(prepared).ConfigureAwait(false);
        Bind(BindMessage.Read(body.Span), prepared, plan);
    }

    private void Bind(in BindMessage message, PreparedStatement prepared, Plan? plan)
    {
        if (!ControlExecutor.EndsFailure(prepared.Control) && prepared.Statement is not null) RequireWorkingBlock();
        var types = plan?.ParameterTypes ?? [];
        if (message.ParameterCount != types.Length)
        {
            throw new PgException(SqlStates.ProtocolViolation,
                $"bind message supplies {message.ParameterCount} parameters, but prepared statement \"{prepared.Name}\" requires {types.Length}");
        }
        var name = message.Portal.IsEmpty ? "" : Encoding.UTF8.GetString(message.Portal);
        if (name.Length > 0)
        {
            if (session.Portals.TryGet(name, out _)) throw new PgException(SqlStates.DuplicateCursor, $"cursor \"{name}\" already exists");
            if (session.Portals.NamedCount >= session.Server.Options.Limits.Portals) throw new PgException(SqlStates.ProgramLimitExceeded, $"too many portals: at most {session.Server.Options.Limits.Portals} in a session");
        }
        var formats = Formats(message.ResultFormats);
        session.Portals.Set(name, new Portal(name, prepared, plan, Values(message, types), formats));
        executor.Responses.BindComplete();
    }

    private SqlValue[] Values(in BindMessage message, uint[] types)
    {
        if (types.Length == 0) return [];
        var values = new SqlValue[types.Length];
        var walker = message.Values;
        for (var i = 0; i < values.Length; i++)
        {
            if (!walker.Next(out var bytes)) continue;
            if (bytes.Length > session.Server.Options.Limits.ParameterBytes)
                throw new PgException(SqlStates.ProgramLimitExceeded, $"parameter ${i + 1} has {bytes.Length} bytes; at most {session.Server.Options.Limits.ParameterBytes} are allowed");
            var type = PgTypes.Find(types[i]);
            values[i] = message.IsBinary(i) ? type.ReadBinary(bytes, session.Arena) : type.ReadText(bytes, session.Arena, session.Settings.Format);
        }
        return values;
    }

    /// <summary>Clients send almost always none or one; those share their arrays.</summary>
    private static byte[] Formats(ReadOnlySpan<byte> formats) => formats switch
    {
        [] => [],
        [0, 0] => AllText,
        [0, 1] => AllBinary,
        _ => formats.ToArray(),
    };

    private static readonly byte[] AllText = [0, 0], AllBinary = [0, 1];
    private static readonly uint[] NoTypes = [];

    private static uint[] Types(ReadOnlySpan<byte> types)
    {
        if (types.IsEmpty) return NoTypes;
        var oids = new uint[types.Length / 4];
        for (var i = 0; i < oids.Length; i++) oids[i] = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(types[(i * 4)..]);
        return oids;
    }

    private static SharedStatement? Single(IReadOnlyList<SharedStatement> statements) => statements.Count switch
    {
        0 => null,
        1 => statements[0],
        _ => throw new PgException(SqlStates.SyntaxError, "cannot insert multiple commands into a prepared statement"),
    };

    private PreparedStatement Find(ReadOnlySpan<byte> name)
    {
        if (session.Statements.TryGet(name, out var prepared)) return prepared;
        throw name.IsEmpty ? new PgException(SqlStates.InvalidStatementName, "unnamed prepared statement does not exist") : ControlExecutor.NoStatement(Encoding.UTF8.GetString(name));
    }

    private Portal FindPortal(ReadOnlySpan<byte> name) => session.Portals.TryGet(name, out var portal) ? portal
        : throw new PgException(SqlStates.InvalidCursorName, $"portal \"{Encoding.UTF8.GetString(name)}\" does not exist");

    private void RequireWorkingBlock()
    {
        if (session.Transaction.Status == BlockStatus.Failed) throw SimpleQuery.FailedBlock();
    }
}
