namespace ActorReplication.Storage.Capture;

/// <summary>What capture and apply need to know of one table, for one version of the schema.</summary>
internal sealed class TableShape
{
    internal required string Name { get; init; }

    /// <summary>UTF-8 of the name as SQLite spells it.</summary>
    internal required byte[] NameUtf8 { get; init; }
    internal required bool HasRowid { get; init; }

    /// <summary>A name by which the rowid can be spoken of: no column hides it.</summary>
    internal required string? RowidName { get; init; }

    /// <summary>The column that is the rowid (INTEGER PRIMARY KEY), or −1.</summary>
    internal required int RowidColumn { get; init; }

    /// <summary>All columns, in SQLite's numbering.</summary>
    internal required string[] Columns { get; init; }

    /// <summary>Columns whose values travel: not generated, not the rowid by another name.</summary>
    internal required int[] Stored { get; init; }

    /// <summary>Declared primary-key columns, in key order; empty when the rowid is the key.</summary>
    internal required int[] Key { get; init; }
    internal required bool HasSequence { get; init; }

    internal required bool IsVirtual { get; init; }

    /// <summary>Read when it is first asked for: <see cref="TraitsReader"/>.</summary>
    internal TableTraits? Traits { get; set; }

    /// <summary>One of this project's own tables that is each node's own affair: its rows are not captured.</summary>
    internal bool IsLocal => isLocal ??= Name.StartsWith(Engine.Authorizer.OwnPrefix, StringComparison.OrdinalIgnoreCase) && Name is not (Engine.TokenTable.Name or Engine.NoticeTable.Name);

    private bool? isLocal;

    /// <summary>Stands for the name in checksums.</summary>
    internal ulong NameHash => nameHash ??= RowDigest.Hash(NameUtf8, 0);

    private ulong? nameHash;

    /// <summary>Its number in the payload being written; valid only if the list there has this object at that place.</summary>
    internal int Number { get; set; }
}
