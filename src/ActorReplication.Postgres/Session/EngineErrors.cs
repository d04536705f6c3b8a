using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Session;

/// <summary>SQLite's result codes and messages in PostgreSQL's terms. (Codes: sqlite.org/rescode.html.)</summary>
internal static class EngineErrors
{
    private const int Error = 1, Permission = 3, Abort = 4, Busy = 5, Locked = 6, NoMemory = 7, ReadOnly = 8, Interrupt = 9, Io = 10, Corrupt = 11, Full = 13, Schema = 17,
        TooBig = 18, Constraint = 19, Mismatch = 20, Misuse = 21, Auth = 23, Range = 25, NotADatabase = 26;

    private const int Check = Constraint | 1 << 8, ForeignKey = Constraint | 3 << 8, NotNull = Constraint | 5 << 8, PrimaryKey = Constraint | 6 << 8, Trigger = Constraint | 7 << 8,
        Unique = Constraint | 8 << 8, RowId = Constraint | 10 << 8, DataType = Constraint | 12 << 8;

    public static PgError ToPgError(BackendError.Engine error, ParsedStatement? statement)
    {
        if (error.SqlState is { } raised) return new PgError(raised, error.Message);
        var mapped = error.ExtendedCode switch
        {
            PrimaryKey or Unique or RowId => UniqueViolation(error),
            ForeignKey => new PgError(SqlStates.ForeignKeyViolation, "insert or update or delete violates foreign key constraint"),
            NotNull => NotNullViolation(error.Message),
            Check => CheckViolation(error.Message),
            DataType => DataTypeViolation(error.Message),
            Trigger => new PgError("P0001", error.Message),
            _ => ByPrimaryCode(error),
        };
        if (mapped.Position == 0 && error.Offset >= 0 && statement is not null) mapped = mapped with { Position = Position(error, statement) };
        return mapped;
    }

    private static PgError ByPrimaryCode(BackendError.Engine error) => (error.ExtendedCode & 0xff) switch
    {
        Constraint => new PgError(SqlStates.IntegrityConstraintViolation, error.Message),
        Mismatch => new PgError(SqlStates.InvalidTextRepresentation, error.Message),
        Busy or Locked => new PgError(SqlStates.SerializationFailure, "could not serialize access due to concurrent update"),
        Interrupt or Abort => new PgError(SqlStates.QueryCancelled, "canceling statement due to user request"),
        ReadOnly => new PgError(SqlStates.ReadOnlySqlTransaction, "cannot execute a writing statement in a read-only transaction"),
        Full => new PgError(SqlStates.DiskFull, "could not extend the database: no space left on device"),
        NoMemory => new PgError(SqlStates.OutOfMemory, "out of memory"),
        Io => new PgError(SqlStates.IoError, "could not read or write the database: " + error.Message),
        Corrupt or NotADatabase => new PgError(SqlStates.DataCorrupted, error.Message),
        Permission or Auth => new PgError(SqlStates.InsufficientPrivilege, error.Message == "not authorized" ? "permission denied: this statement is not allowed" : error.Message),
        TooBig => new PgError(SqlStates.ProgramLimitExceeded, error.Message),
        Schema => new PgError(SqlStates.FeatureNotSupported, "cached plan must not change result type"),
        Range or Misuse => new PgError(SqlStates.ProtocolViolation, error.Message),
        _ => ByMessage(error.Message),
    };

    /// <summary>SQLITE_ERROR says in words what it means.</summary>
    private static PgError ByMessage(string message)
    {
        if (After(message, "no such table: ") is { } table) return new PgError(SqlStates.UndefinedTable, $"relation \"{Unqualified(table)}\" does not exist");
        if (After(message, "no such view: ") is { } view) return new PgError(SqlStates.UndefinedTable, $"view \"{Unqualified(view)}\" does not exist");
        if (After(message, "no such index: ") is { } index) return new PgError(SqlStates.UndefinedObject, $"index \"{Unqualified(index)}\" does not exist");
        if (After(message, "no such trigger: ") is { } trigger) return new PgError(SqlStates.UndefinedObject, $"trigger \"{Unqualified(trigger)}\" does not exist");
        if (After(message, "no such column: ") is { } column) return new PgError(SqlStates.UndefinedColumn, MissingColumn(column));
        if (After(message, "no such function: ") is { } function) return new PgError(SqlStates.UndefinedFunction, $"function {function} does not exist")
        {
            Hint = "No function matches the given name and argument types. You might need to add explicit type casts.",
        };
        if (message.StartsWith("wrong number of arguments to function ", StringComparison.Ordinal))
            return new PgError(SqlStates.UndefinedFunction, $"function {message["wrong number of arguments to function ".Length..]} does not exist with these arguments");
        if (Between(message, "table ", " already exists") is { } existing) return new PgError(SqlStates.DuplicateTable, $"relation \"{Unqualified(existing)}\" already exists");
        if (Between(message, "index ", " already exists") is { } existingIndex) return new PgError(SqlStates.DuplicateTable, $"relation \"{Unqualified(existingIndex)}\" already exists");
        if (Between(message, "there is already a table named ", "") is { } named) return new PgError(SqlStates.DuplicateTable, $"relation \"{Unqualified(named)}\" already exists");
        if (Between(message, "view ", " already exists") is { } existingView) return new PgError(SqlStates.DuplicateTable, $"relation \"{Unqualified(existingView)}\" already exists");
        if (Between(message, "trigger ", " already exists") is { } existingTrigger) return new PgError(SqlStates.DuplicateObject, $"trigger \"{existingTrigger}\" already exists");
        if (After(message, "duplicate column name: ") is { } duplicate) return new PgError(SqlStates.DuplicateColumn, $"column \"{duplicate}\" specified more than once");
        if (After(message, "ambiguous column name: ") is { } ambiguous) return new PgError(SqlStates.AmbiguousColumn, $"column reference \"{LastPart(ambiguous)}\" is ambiguous");
        if (Between(message, "near \"", "\": syntax error") is { } near) return new PgError(SqlStates.SyntaxError, $"syntax error at or near \"{near}\"");
        if (message is "incomplete input") return new PgError(SqlStates.SyntaxError, "syntax error at end of input");
        if (message.Contains("unrecognized token", StringComparison.Ordinal) || message.Contains("syntax error", StringComparison.Ordinal)) return new PgError(SqlStates.SyntaxError, message);
        if (message.Contains("division by zero", StringComparison.Ordinal)) return new PgError(SqlStates.DivisionByZero, "division by zero");
        if (message.Contains("integer overflow", StringComparison.Ordinal)) return new PgError(SqlStates.NumericValueOutOfRange, "bigint out of range");
        if (message.Contains("malformed JSON", StringComparison.Ordinal)) return new PgError(SqlStates.InvalidTextRepresentation, "invalid input syntax for type json");
        if (message.Contains("ON CONFLICT clause does not match", StringComparison.Ordinal))
            return new PgError(SqlStates.InvalidColumnReference, "there is no unique or exclusion constraint matching the ON CONFLICT specification");
        if (message.Contains("misuse of aggregate", StringComparison.Ordinal)) return new PgError("42803", message);
        if (message.Contains("foreign key mismatch", StringComparison.Ordinal)) return new PgError("42830", message);
        if (message.Contains("cannot modify", StringComparison.Ordinal) || message.Contains("may not be", StringComparison.Ordinal)) return new PgError(SqlStates.WrongObjectType, message);
        if (message.Contains("too many", StringComparison.Ordinal)) return new PgError(SqlStates.ProgramLimitExceeded, message);
        return new PgError("42000", message);
    }

    /// <summary>"UNIQUE constraint failed: t.a, t.b", or "index 'name'" for an index on expressions.</summary>
    private static PgError UniqueViolation(BackendError.Engine error)
    {
        var what = After(error.Message, "UNIQUE constraint failed: ") ?? After(error.Message, "PRIMARY KEY constraint failed: ") ?? "";
        string? table = null;
        var constraint = Between(what, "index '", "'");
        if (constraint is null && what.Length > 0)
        {
            var columns = new List<string>();
            foreach (var part in what.Split(", "))
            {
                var dot = part.LastIndexOf('.');
                if (dot > 0) table ??= part[..dot];
                columns.Add(part[(dot + 1)..]);
            }
            constraint = error.ExtendedCode == Unique ? $"{table}_{string.Join('_', columns)}_key" : $"{table}_pkey";
            return new PgError(SqlStates.UniqueViolation, $"duplicate key value violates unique constraint \"{constraint}\"")
            {
                Detail = $"Key ({string.Join(", ", columns)}) already exists.",
                Schema = "public",
                Table = table,
                Constraint = constraint,
            };
        }
        return new PgError(SqlStates.UniqueViolation, $"duplicate key value violates unique constraint \"{constraint}\"") { Schema = "public", Constraint = constraint };
    }

    private static PgError NotNullViolation(string message)
    {
        var what = After(message, "NOT NULL constraint failed: ") ?? "";
        var dot = what.LastIndexOf('.');
        if (dot < 0) return new PgError(SqlStates.NotNullViolation, "null value violates not-null constraint");
        var (table, column) = (what[..dot], what[(dot + 1)..]);
        return new PgError(SqlStates.NotNullViolation, $"null value in column \"{column}\" of relation \"{table}\" violates not-null constraint") { Schema = "public", Table = table, Column = column };
    }

    private static PgError CheckViolation(string message)
    {
        var constraint = After(message, "CHECK constraint failed: ");
        return new PgError(SqlStates.CheckViolation, constraint is null ? "new row violates check constraint" : $"new row violates check constraint \"{constraint}\"") { Schema = "public", Constraint = constraint };
    }

    /// <summary>STRICT tables: "cannot store TEXT value in INTEGER column t.c".</summary>
    private static PgError DataTypeViolation(string message)
    {
        var what = After(message, " column ");
        var dot = what?.LastIndexOf('.') ?? -1;
        return dot < 0 ? new PgError(SqlStates.InvalidTextRepresentation, message)
            : new PgError(SqlStates.InvalidTextRepresentation, message) { Schema = "public", Table = what![..dot], Column = what[(dot + 1)..] };
    }

    private static string MissingColumn(string column)
    {
        var dot = column.LastIndexOf('.');
        return dot < 0 ? $"column \"{column.Trim('"')}\" does not exist" : $"column {column} does not exist";
    }

    /// <summary>Only where the engine's text is the client's own can its offset be told.</summary>
    private static int Position(BackendError.Engine error, ParsedStatement statement) =>
        error.Offset < statement.Text.Length && System.Text.Ascii.IsValid(statement.Text) && statement.Control is null && error.Message.Contains(Word(statement.Text, error.Offset), StringComparison.Ordinal)
            ? statement.Offset + error.Offset + 1 : 0;

    private static string Word(string text, int offset)
    {
        var end = offset;
        while (end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] is '_' or '.')) end++;
        return end > offset ? text[offset..end] : "\0";
    }

    private static string? After(string message, string prefix)
    {
        var index = message.IndexOf(prefix, StringComparison.Ordinal);
        return index < 0 ? null : message[(index + prefix.Length)..];
    }

    private static string? Between(string message, string prefix, string suffix)
    {
        if (!message.StartsWith(prefix, StringComparison.Ordinal)) return null;
        var end = suffix.Length == 0 ? message.Length : message.IndexOf(suffix, prefix.Length, StringComparison.Ordinal);
        return end < 0 ? null : message[prefix.Length..end];
    }

    private static string Unqualified(string name) => LastPart(name).Trim('"');

    private static string LastPart(string name) => name[(name.LastIndexOf('.') + 1)..];
}
