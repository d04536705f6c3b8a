namespace ActorReplication.Storage.Engine;

/// <summary>What the authorizer saw while a statement was prepared.</summary>
internal sealed class StatementFacts
{
    /// <summary>Changes the schema (or its statistics): travels as text.</summary>
    internal bool IsDdl { get; set; }

    /// <summary>ANALYZE and REINDEX leave the schema's version alone and still travel as text.</summary>
    internal bool IsMaintenance { get; set; }

    /// <summary>Table of a CREATE TABLE.</summary>
    internal string? CreatedTable { get; set; }

    /// <summary>Reads something: CREATE TABLE … AS SELECT, when a table is made too.</summary>
    internal bool HasSelect { get; set; }

    /// <summary>Drops an ordinary table: the rows that foreign keys delete with it are captured; other DDL's own rows are not.</summary>
    internal bool DropsTable { get; set; }

    /// <summary>Ordinary table of an ALTER TABLE or DROP TABLE.</summary>
    internal string? ChangedTable { get; set; }

    internal bool IsVirtual { get; set; }

    /// <summary>Tables that it, or a trigger or foreign key that it sets off, writes.</summary>
    internal List<(string Table, bool Insert)> Writes { get; } = [];

    /// <summary>The next two are looked up at the first execution.</summary>
    internal bool Resolved { get; set; }

    /// <summary>Those of <see cref="Writes"/> that it inserts into and that have an AUTOINCREMENT sequence.</summary>
    internal List<string> Sequences { get; } = [];

    /// <summary>Only while statements may travel (<see cref="Connection.NotesDetails"/>).</summary>
    internal StatementDetail? Detail { get; set; }

    /// <summary>Writes a virtual table, which may keep some of it in memory until a savepoint makes it write.</summary>
    internal bool TouchesVirtual { get; set; }
}
