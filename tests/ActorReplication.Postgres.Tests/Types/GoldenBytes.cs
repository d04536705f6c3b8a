using Xunit;

namespace ActorReplication.Postgres.Tests.Types;

/// <summary>Binary forms byte for byte, as PostgreSQL 15's send functions give them.</summary>
public sealed class GoldenBytes
{
    [Theory]
    [InlineData("bool", "yes", "01")]
    [InlineData("int2", "-2", "fffe")]
    [InlineData("int4", "305419896", "12345678")]
    [InlineData("int8", "-9223372036854775808", "8000000000000000")]
    [InlineData("oid", "4294967295", "ffffffff")]
    [InlineData("float4", "1.5", "3fc00000")]
    [InlineData("float8", "-0.1", "bfb999999999999a")]
    [InlineData("float8", "infinity", "7ff0000000000000")]
    [InlineData("text", "é", "c3a9")]
    [InlineData("bytea", @"\xdeadbeef", "deadbeef")]
    [InlineData("uuid", "{A0EEBC99-9C0B4EF8-BB6D6BB9-BD380A11}", "a0eebc999c0b4ef8bb6d6bb9bd380a11")]
    [InlineData("json", "{\"a\":1}", "7b2261223a317d")]
    [InlineData("jsonb", "[1]", "015b315d")]
    [InlineData("date", "2000-01-02", "00000001")]
    [InlineData("date", "1999-12-31", "ffffffff")]
    [InlineData("date", "infinity", "7fffffff")]
    [InlineData("time", "00:00:01", "00000000000f4240")]
    [InlineData("timetz", "00:00:01+01", "00000000000f4240fffff1f0")]
    [InlineData("timestamp", "2000-01-01 00:00:00.000001", "0000000000000001")]
    [InlineData("timestamptz", "2000-01-01 01:00:00+01", "0000000000000000")]
    [InlineData("timestamptz", "-infinity", "8000000000000000")]
    [InlineData("interval", "1 year 2 mons 3 days 00:00:01", "00000000000f4240000000030000000e")]
    [InlineData("numeric", "0", "0000000000000000")]
    [InlineData("numeric", "12345.678", "0003000100000003000109291a7c")]
    [InlineData("numeric", "-0.0001", "0001ffff400000040001")]
    [InlineData("numeric", "10000", "00010001000000000001")]
    [InlineData("numeric", "NaN", "00000000c0000000")]
    [InlineData("numeric", "123456789012345678901234567890", "0008000700000000000c0d801ed204d2162e23340d801ed2")]
    [InlineData("int4[]", "{1,NULL,3}", "00000001000000010000001700000003000000010000000400000001ffffffff0000000400000003")]
    [InlineData("int4[]", "{}", "000000000000000000000017")]
    [InlineData("text[]", "{{a},{b}}", "0000000200000000000000190000000200000001000000010000000100000001610000000162")]
    [InlineData("pg_lsn", "16/B374D848", "00000016b374d848")]
    public void Of_values(string type, string text, string hex)
    {
        Assert.Equal(hex, Codec.Binary(type, text));
        Assert.Equal(Codec.Text(type, text), Codec.FromBinary(type, hex));
    }
}
