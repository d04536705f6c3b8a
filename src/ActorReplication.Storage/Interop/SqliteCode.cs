namespace ActorReplication.Storage.Interop;

/// <summary>The values of SQLite's header that this project uses, under its own names.</summary>
internal static class SqliteCode
{
    internal const int Ok = 0, Error = 1, Abort = 4, Busy = 5, NoMemory = 7, Interrupt = 9, IoError = 10, Corrupt = 11, Full = 13,
        CannotOpen = 14, Schema = 17, TooBig = 18, Constraint = 19, Misuse = 21, Auth = 23, Range = 25, NotADatabase = 26, Row = 100, Done = 101;

    internal const int ConstraintForeignKey = Constraint | (3 << 8), ConstraintPrimaryKey = Constraint | (6 << 8), ConstraintUnique = Constraint | (8 << 8), ConstraintRowid = Constraint | (10 << 8);

    internal const int OpenReadWrite = 0x2, OpenCreate = 0x4, OpenNoMutex = 0x8000;
    internal const uint PreparePersistent = 1;

    internal const int TypeInteger = 1, TypeFloat = 2, TypeText = 3, TypeBlob = 4, TypeNull = 5;
    internal const int Delete = 9, Insert = 18, Update = 23;
    internal const byte Utf8 = 1;
    internal const nint Static = 0, Transient = -1;

    internal const int ConfigMemoryStatus = 9;

    internal const int DbConfigMainName = 1000, DbConfigForeignKeys = 1002, DbConfigTriggers = 1003, DbConfigLoadExtension = 1005,
        DbConfigNoCheckpointOnClose = 1006, DbConfigDefensive = 1010, DbConfigDqsDml = 1013, DbConfigDqsDdl = 1014, DbConfigTrustedSchema = 1017;

    /// <summary>1970-01-01 in the unit of SQLite's clock.</summary>
    internal const long UnixEpochJulianMillis = 210_866_760_000_000;

    internal const int StatusDeferredForeignKeys = 10;
    internal const int StatementReprepared = 5;

    internal const int LimitLength = 0, LimitSqlLength = 1, LimitExpressionDepth = 3, LimitAttached = 7, LimitLikePattern = 8, LimitVariables = 9,
        LimitTriggerDepth = 10, LimitWorkerThreads = 11;

    internal const int IoErrorShortRead = IoError | (2 << 8);

    internal const int ControlFilePointer = 7, ControlJournalPointer = 28;
    internal const int ShmUnlock = 1, ShmLock = 2, ShmExclusive = 8;
    internal const int SyncNormal = 2;

    internal const int CheckpointPassive = 0, CheckpointRestart = 2, CheckpointTruncate = 3;

    internal const int FunctionDeterministic = 0x800, FunctionDirectOnly = 0x80000, FunctionInnocuous = 0x200000;

    /// <summary>The low byte of an extended result code.</summary>
    internal static int Primary(int code) => code & 0xff;

    /// <summary>Codes that speak of what there is too little of at the moment: the same statement may succeed later.</summary>
    internal static bool IsScarcity(int code) => Primary(code) is Full or NoMemory;

    /// <summary>Codes that speak of the file or the disk, not of the statement.</summary>
    internal static bool IsDamage(int code) => Primary(code) is IoError or Corrupt or NotADatabase or CannotOpen;
}
