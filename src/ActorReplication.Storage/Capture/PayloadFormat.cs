namespace ActorReplication.Storage.Capture;

/// <summary>Codes of the payloads. The byte tables are in DESIGN.md.</summary>
internal static class PayloadFormat
{
    internal const byte RowsVersion1 = 1, BlocksVersion1 = 2, PagesVersion1 = 3;

    // Blocks: flags of the whole payload, and kinds.
    internal const byte HasStatements = 1;
    internal const byte StatementBlock = 1, RowsBlock = 2;

    // Flags of a statement block.
    internal const byte Clock = 1, Seed = 2, LastRowid = 4, Changes = 8, Unsafe = 16;

    // Operations.
    internal const byte Table = 1, Insert = 2, Update = 3, UpdateRowid = 4, Delete = 5, Ddl = 6, Sequence = 7;

    // Table flags.
    internal const byte HasRowid = 1;

    // Value tags; from SmallInteger on, the tag holds an integer from 0 to 127.
    internal const byte Null = 0, Integer = 1, Real = 2, Text = 3, Blob = 4, SmallInteger = 0x80;
}
