using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Dialect;

/// <summary>Statements that change the session or the server rather than the data.</summary>
public abstract record ControlStatement
{
    private ControlStatement() { }

    /// <param name="IsStart">Spelled START TRANSACTION (its tag differs).</param>
    public sealed record Begin(Isolation? Isolation, bool? ReadOnly, bool IsStart) : ControlStatement;

    /// <summary>COMMIT, END.</summary>
    public sealed record Commit(bool Chain) : ControlStatement;

    /// <summary>ROLLBACK, ABORT.</summary>
    public sealed record Rollback(bool Chain) : ControlStatement;
    public sealed record Savepoint(string Name) : ControlStatement;
    public sealed record Release(string Name) : ControlStatement;
    public sealed record RollbackTo(string Name) : ControlStatement;

    /// <summary>SET TRANSACTION, SET SESSION CHARACTERISTICS AS TRANSACTION.</summary>
    public sealed record SetTransaction(Isolation? Isolation, bool? ReadOnly, bool SessionDefault) : ControlStatement;

    /// <summary>SET [LOCAL] name TO value; null value: DEFAULT.</summary>
    public sealed record Set(string Name, string? Value, bool Local) : ControlStatement;
    public sealed record Reset(string Name) : ControlStatement;
    public sealed record ResetAll : ControlStatement;
    public sealed record Show(string Name) : ControlStatement;
    public sealed record ShowAll : ControlStatement;

    /// <summary>DISCARD ALL | PLANS | SEQUENCES | TEMP.</summary>
    public sealed record Discard(string What) : ControlStatement;

    /// <summary>Null: ALL.</summary>
    public sealed record Deallocate(string? Name) : ControlStatement;

    /// <summary>SQL's own PREPARE and EXECUTE.</summary>
    public sealed record Prepare(string Name, IReadOnlyList<string> TypeNames, ParsedStatement Statement) : ControlStatement;

    /// <param name="LiteralArguments">As text; null for NULL.</param>
    public sealed record Execute(string Name, IReadOnlyList<string?> LiteralArguments) : ControlStatement;
    public sealed record AlterSystem(string Name, string? Value) : ControlStatement;

    /// <param name="Table">Null: <paramref name="Query"/>.</param>
    /// <param name="Columns">Empty: all.</param>
    /// <param name="IsIn">FROM STDIN; else TO STDOUT.</param>
    public sealed record Copy(string? Schema, string? Table, IReadOnlyList<string> Columns, ParsedStatement? Query, bool IsIn, CopyOptions Options) : ControlStatement;

    /// <param name="CanScroll">SCROLL or NO SCROLL; null: neither was said.</param>
    /// <param name="IsHeld">WITH HOLD.</param>
    public sealed record Declare(string Name, bool? CanScroll, bool IsHeld, ParsedStatement Query) : ControlStatement;

    /// <param name="Count">Rows, or for Absolute and Relative the place; <see cref="long.MaxValue"/>: ALL.</param>
    public sealed record Fetch(string Name, FetchDirection Direction, long Count, bool IsMove) : ControlStatement;

    /// <summary>Null: ALL.</summary>
    public sealed record CloseCursor(string? Name) : ControlStatement;

    public sealed record Listen(string Channel) : ControlStatement;

    /// <summary>Null: all.</summary>
    public sealed record Unlisten(string? Channel) : ControlStatement;
    public sealed record Notify(string Channel, string Payload) : ControlStatement;

    /// <summary>In the place of a role's name: the session's own.</summary>
    public const string CurrentRole = "\0current";

    public sealed record CreateRole(string Name, RoleOptions Options) : ControlStatement;
    public sealed record AlterRole(string Name, RoleOptions Options) : ControlStatement;
    public sealed record DropRoles(IReadOnlyList<string> Names, bool IfExists) : ControlStatement;

    /// <summary>GRANT and REVOKE of roles.</summary>
    public sealed record GrantRoles(IReadOnlyList<string> Granted, IReadOnlyList<string> To, bool IsRevoke) : ControlStatement;

    /// <summary>GRANT and REVOKE of privileges on objects, which there are none of here. Nothing is lost where they are PUBLIC's.</summary>
    public sealed record GrantPrivileges(bool IsRevoke, bool IsPublic) : ControlStatement;

    /// <summary>Accepted and without effect here (LOCK TABLE, VACUUM, ANALYZE …): answer with the tag.</summary>
    public sealed record NoOperation(string Tag) : ControlStatement;
}

public enum FetchDirection : byte { Forward, Backward, Absolute, Relative }
