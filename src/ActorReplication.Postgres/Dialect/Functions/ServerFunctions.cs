using System.Buffers.Binary;
using ActorReplication.Postgres.Catalog;
using ActorReplication.Postgres.Dialect.Typing;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Dialect.Functions;

/// <summary>About the server, and what catalogs' queries call.</summary>
internal static class ServerFunctions
{
    private const double SliceSeconds = 0.01;
    private static readonly SemaphoreSlim Never = new(0);
    private static long _transactions = Environment.TickCount64;

    public static IEnumerable<SqlFunction> All =>
    [
        new SqlFunction("pg_version", 0, true, call => call.ReturnString($"PostgreSQL {FixedSettings.Version} (ActorReplication) on SQLite, 64-bit")),
        new SqlFunction("pg_random_uuid", 0, false, RandomUuid) { Input = SqlFunctionInput.Chance },
        new SqlFunction("pg_txid", 0, false, call => call.Return(Interlocked.Increment(ref _transactions))),
        Call.Strict("pg_sleep_slice", 1, Sleep, deterministic: false),
        Call.Strict("pg_lsn_diff", 2, call => call.Return(Lsn(call, 0) - Lsn(call, 1))),
        new SqlFunction("pg_format_type", 2, true, call =>
        {
            if (call.IsNull(0)) call.ReturnNull();
            else call.ReturnString(TypeNames.Shown((uint)call.Int64(0), call.IsNull(1) ? -1 : (int)call.Int64(1)));
        }),
    ];

    /// <summary>Version 4 (RFC 9562, section 5.4): random but for version and variant.</summary>
    private static void RandomUuid(ISqlFunctionCall call)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, call.NextRandom());
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], call.NextRandom());
        bytes[6] = (byte)(bytes[6] & 0x0f | 0x40);
        bytes[8] = (byte)(bytes[8] & 0x3f | 0x80);
        call.ReturnString(new Guid(bytes, bigEndian: true).ToString("D"));
    }

    /// <summary>Waits one slice of what is left and returns the rest: the statement's loop in SQL calls again, so that it can be cancelled in between.
    /// It runs on a thread that executes SQL and is there to wait.</summary>
    private static void Sleep(ISqlFunctionCall call)
    {
        var left = call.Number(0);
        Never.Wait(TimeSpan.FromSeconds(Math.Clamp(left, 0, SliceSeconds)));
        call.Return(Math.Max(0, left - SliceSeconds));
    }

    private static long Lsn(ISqlFunctionCall call, int argument) =>
        LsnText.Parse(call.String(argument)) ?? throw new DialectException("22P02", $"invalid input syntax for type pg_lsn: \"{call.String(argument)}\"");
}
