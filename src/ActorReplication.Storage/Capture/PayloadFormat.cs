namespace ActorReplication.Storage.Capture;

/// <summary>Codes of the row payload, version 1. The byte tables are in DESIGN.md.</summary>
internal static class PayloadFormat
{
    internal const byte RowsVersion1 = 1;

    // Operations.
    internal const byte Table = 1, Insert = 2, Update = 3, UpdateRowid = 4, Delete = 5, Ddl = 6, Sequence = 7;

    // Table flags.
    internal const byte HasRowid = 1;

    // Value tags; from SmallInteger on, the tag holds an integer from 0 to 127.
    internal const byte Null = 0, Integer = 1, Real = 2, Text = 3, Blob = 4, SmallInteger = 0x80;
}
