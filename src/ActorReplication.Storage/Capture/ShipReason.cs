namespace ActorReplication.Storage.Capture;

/// <summary>Why a part of a transaction travels as it does. The numbers are in the payload and never used again.</summary>
internal enum ShipReason : byte
{
    /// <summary>As a statement: the method says so.</summary>
    Method = 1,
    SmallerThanRows = 2,

    /// <summary>As rows.</summary>
    SmallerThanStatement = 3,
    SchemaChange = 4,
    VirtualTable = 5,
    Limit = 6,
    RowOrder = 7,
    Query = 8,
    Function = 9,
    LocalTime = 10,
    Catalog = 11,

    /// <summary>Rows that no statement of the transaction made by itself: a full-text index writing what it held.</summary>
    Deferred = 12,

    /// <summary>The transaction's commit token, a row of ours.</summary>
    Token = 13,

    /// <summary>The transaction's notifications, rows of ours.</summary>
    Notice = 15,

    /// <summary>What a transaction did while it was open beside others.</summary>
    Shared = 14,
}

internal static class ShipReasons
{
    internal static string Text(this ShipReason reason) => reason switch
    {
        ShipReason.Method => "the replication method is statement",
        ShipReason.SmallerThanRows => "the statement is smaller than its rows",
        ShipReason.SmallerThanStatement => "the rows are smaller than the statement",
        ShipReason.SchemaChange => "it changes the schema",
        ShipReason.VirtualTable => "it writes a virtual table",
        ShipReason.Limit => "LIMIT without an ORDER BY that leaves no ties",
        ShipReason.RowOrder => "its effect may depend on the order in which rows are visited",
        ShipReason.Query => "it holds a query whose result may depend on the order of rows",
        ShipReason.Function => "it calls a function whose result may differ on another node",
        ShipReason.LocalTime => "it asks for a node's local time",
        ShipReason.Catalog => "it reads a table that only this node has",
        ShipReason.Deferred => "an index wrote what it had held back",
        ShipReason.Notice => "the transaction's notifications",
        ShipReason.Shared => "the transaction was open beside others",
        ShipReason.Token => "the transaction's commit token",
        _ => $"reason {(byte)reason}",
    };
}
