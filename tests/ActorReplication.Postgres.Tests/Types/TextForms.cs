using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Types;
using Xunit;

namespace ActorReplication.Postgres.Tests.Types;

/// <summary>What PostgreSQL 15 shows for a text that it is given.</summary>
public sealed class TextForms
{
    [Theory]
    [InlineData("bool", " TRUE ", "t")]
    [InlineData("bool", "n", "f")]
    [InlineData("int4", " +12 ", "12")]
    [InlineData("float8", "1e15", "1e+15")]
    [InlineData("float8", "100000000000000", "100000000000000")]
    [InlineData("float8", "0.0001", "0.0001")]
    [InlineData("float8", "0.00001", "1e-05")]
    [InlineData("float8", "123456789.25", "123456789.25")]
    [InlineData("float8", "1.7976931348623157e308", "1.7976931348623157e+308")]
    [InlineData("float8", "5e-324", "5e-324")]
    [InlineData("float8", "-0", "-0")]
    [InlineData("float8", "0.1", "0.1")]
    [InlineData("float4", "1000000", "1e+06")]
    [InlineData("float4", "100000", "100000")]
    [InlineData("float4", "3.14159274", "3.1415927")]
    [InlineData("float8", "inf", "Infinity")]
    [InlineData("numeric", "1e3", "1000")]
    [InlineData("numeric", "-.5", "-0.5")]
    [InlineData("numeric", "000123.4", "123.4")]
    [InlineData("numeric", "1.5e-3", "0.0015")]
    [InlineData("numeric", "12345678901234567890.12345678901234567891", "12345678901234567890.12345678901234567891")]
    [InlineData("numeric", "0.00000000000000000001", "0.00000000000000000001")]
    [InlineData("numeric", "-0", "0")]
    [InlineData("bytea", @"\x 41 42 ", @"\x4142")]
    [InlineData("bytea", @"a\\b\001", @"\x615c6201")]
    [InlineData("uuid", "A0EEBC999C0B4EF8BB6D6BB9BD380A11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")]
    [InlineData("date", "20260102", "2026-01-02")]
    [InlineData("date", "2026-01-02 10:00", "2026-01-02")]
    [InlineData("date", "0044-03-15 BC", "0044-03-15 BC")]
    [InlineData("date", "12026-01-02", "12026-01-02")]
    [InlineData("date", "epoch", "1970-01-01")]
    [InlineData("time", "3:04", "03:04:00")]
    [InlineData("time", "03:04:05.6700", "03:04:05.67")]
    [InlineData("time", "3:04 PM", "15:04:00")]
    [InlineData("time", "24:00", "24:00:00")]
    [InlineData("timetz", "03:04:05+05:30", "03:04:05+05:30")]
    [InlineData("timestamp", "2026-01-02T03:04:05.1234567", "2026-01-02 03:04:05.123457")]
    [InlineData("timestamp", "2026-01-02 03:04:05+07", "2026-01-02 03:04:05")]
    [InlineData("timestamp", "2026-01-02", "2026-01-02 00:00:00")]
    [InlineData("timestamp", "2026-12-31 23:59:60", "2027-01-01 00:00:00")]
    [InlineData("timestamptz", "2026-01-02T03:04:05.678901Z", "2026-01-02 03:04:05.678901+00")]
    [InlineData("timestamptz", "2026-01-02 03:04:05-0830", "2026-01-02 11:34:05+00")]
    [InlineData("timestamptz", "2026-07-01 12:00 Europe/Berlin", "2026-07-01 10:00:00+00")]
    [InlineData("timestamptz", "infinity", "infinity")]
    [InlineData("interval", "1 year 2 months 3 days 4 hours", "1 year 2 mons 3 days 04:00:00")]
    [InlineData("interval", "P1Y2M3DT4H5M6.5S", "1 year 2 mons 3 days 04:05:06.5")]
    [InlineData("interval", "-1 day +02:03:04", "-1 days +02:03:04")]
    [InlineData("interval", "1 day ago", "-1 days")]
    [InlineData("interval", "90", "00:01:30")]
    [InlineData("interval", "1.5 months", "1 mon 15 days")]
    [InlineData("interval", "0", "00:00:00")]
    [InlineData("int4[]", "{1, 2,NULL , 3}", "{1,2,NULL,3}")]
    [InlineData("int4[]", "[0:1]={5,6}", "{5,6}")]
    [InlineData("text[]", "{a,\"b c\",\"NULL\",\"\",\"x\\\"y\"}", "{a,\"b c\",\"NULL\",\"\",\"x\\\"y\"}")]
    [InlineData("text[]", "{{a,b},{c,d}}", "{{a,b},{c,d}}")]
    [InlineData("bool[]", "{t,f}", "{t,f}")]
    [InlineData("bytea[]", "{\"\\\\x41\",\"\"}", "{\"\\\\x41\",\"\\\\x\"}")]
    [InlineData("numeric[]", "{1.5,12345678901234567890.5}", "{1.5,12345678901234567890.5}")]
    [InlineData("timestamptz[]", "{\"2026-01-02 03:04:05+01\"}", "{\"2026-01-02 02:04:05+00\"}")]
    [InlineData("jsonb[]", "{\"{\\\"a\\\": 1}\"}", "{\"{\\\"a\\\": 1}\"}")]
    public void Are_PostgreSQLs(string type, string text, string shown) => Assert.Equal(shown, Codec.Text(type, text));

    [Theory]
    [InlineData("int4", "abc", "22P02")]
    [InlineData("int4", "", "22P02")]
    [InlineData("int4", "1.5", "22P02")]
    [InlineData("int4", "2147483648", "22003")]
    [InlineData("int2", "-32769", "22003")]
    [InlineData("int8", "9223372036854775808", "22003")]
    [InlineData("oid", "-1", "22003")]
    [InlineData("bool", "maybe", "22P02")]
    [InlineData("bool", "o", "22P02")]
    [InlineData("float8", "1e400", "22003")]
    [InlineData("float8", "1e-400", "22003")]
    [InlineData("float8", "0x10", "22P02")]
    [InlineData("float8", "NaN", "0A000")]
    [InlineData("float4", "1e39", "22003")]
    [InlineData("numeric", "1,5", "22P02")]
    [InlineData("numeric", "1e200000", "22003")]
    [InlineData("bytea", @"\x4", "22023")]
    [InlineData("bytea", @"\xzz", "22023")]
    [InlineData("bytea", @"a\9", "22P02")]
    [InlineData("uuid", "a0eebc99-9c0b-4ef8-bb6d", "22P02")]
    [InlineData("uuid", "a0eebc99--9c0b4ef8bb6d6bb9bd380a11", "22P02")]
    [InlineData("json", "{a:1}", "22P02")]
    [InlineData("jsonb", "", "22P02")]
    [InlineData("date", "2026-13-01", "22008")]
    [InlineData("date", "2026-02-29", "22008")]
    [InlineData("date", "yesterdayish", "22007")]
    [InlineData("date", "01/02/2026", "22007")]
    [InlineData("time", "25:00", "22008")]
    [InlineData("time", "12", "22007")]
    [InlineData("timestamp", "2026-01-02 03:04:05 nonsense", "22007")]
    [InlineData("timestamptz", "2026-01-02 03:04:05 No/Where", "22023")]
    [InlineData("timestamptz", "2026-01-02 03:04:05+19", "22008")]
    [InlineData("timestamp", "300000-01-01", "22008")]
    [InlineData("interval", "1 fortnight", "22007")]
    [InlineData("interval", "P", "22007")]
    [InlineData("interval", "99999999999 years", "22008")]
    [InlineData("int4[]", "1,2", "22P02")]
    [InlineData("int4[]", "{1,2", "22P02")]
    [InlineData("int4[]", "{1,,2}", "22P02")]
    [InlineData("int4[]", "{1}x", "22P02")]
    [InlineData("int4[]", "{x}", "22P02")]
    [InlineData("text[]", "{{{{{{{a}}}}}}}", "54000")]
    [InlineData("pg_lsn", "xyz", "22P02")]
    public void Refused_have_PostgreSQLs_code(string type, string text, string sqlState) => Assert.Equal(sqlState, Codec.Refusal(type, text));

    [Theory]
    [InlineData("1.005", 2, "1.01")]
    [InlineData("9.999", 2, "10.00")]
    [InlineData("-0.001", 2, "0.00")]
    [InlineData("1.5", 4, "1.5000")]
    [InlineData("0.5", 0, "1")]
    [InlineData("7", 2, "7.00")]
    public void Numeric_is_shown_with_the_scale_of_its_column(string text, int scale, string shown) =>
        Assert.Equal(shown, Codec.Text("numeric", text, (10 << 16 | scale) + 4));

    [Fact]
    public void Character_n_is_padded() => Assert.Equal("é  ", Codec.Text("bpchar", "é ", 4 + 3));

    [Fact]
    public void Timestamps_with_zone_are_shown_and_read_in_the_sessions()
    {
        var berlin = ValueFormat.Default with { Zone = TimeZones.Find("Europe/Berlin")! };
        Assert.Equal("2026-07-01 12:00:00+02", Codec.Text("timestamptz", "2026-07-01 12:00", format: berlin));
        Assert.Equal("2026-01-01 12:00:00+01", Codec.Text("timestamptz", "2026-01-01 11:00Z", format: berlin));
    }

    [Theory]
    [InlineData("Iso8601", "P1Y2M-3DT-4H-5M-6.5S")]
    [InlineData("PostgresVerbose", "@ 1 year 2 mons -3 days -4 hours -5 mins -6.5 secs")]
    [InlineData("SqlStandard", "+1-2 -3 -4:05:06.5")]
    [InlineData("Postgres", "1 year 2 mons -3 days -04:05:06.5")]
    public void Intervals_have_four_styles(string style, string shown) =>
        Assert.Equal(shown, Codec.Text("interval", "1 year 2 months -3 days -04:05:06.5", format: ValueFormat.Default with { IntervalStyle = Enum.Parse<IntervalStyle>(style) }));

    [Fact]
    public void Engine_values_of_another_kind_are_coerced_or_refused()
    {
        Assert.Equal("7", Codec.Show(Codec.Find("int4"), SqlValue.Text("7")));
        Assert.Equal("2", Codec.Show(Codec.Find("int4"), SqlValue.Of(2.0)));
        Assert.Equal("t", Codec.Show(Codec.Find("bool"), SqlValue.Text("true")));
        Assert.Equal("3", Codec.Show(Codec.Find("float8"), SqlValue.Of(3L)));
        Assert.Equal("1e+20", Codec.Show(Codec.Find("text"), SqlValue.Of(1e20)));
        Assert.Equal("100000000000000000000", Codec.Show(Codec.Find("numeric"), SqlValue.Of(1e20)));
        Assert.Equal("22P02", Assert.Throws<Backend.PgException>(() => Codec.Show(Codec.Find("int4"), SqlValue.Text("x"))).Error.SqlState);
        Assert.Equal("22003", Assert.Throws<Backend.PgException>(() => Codec.Show(Codec.Find("int2"), SqlValue.Of(70_000L))).Error.SqlState);
        Assert.Equal("22007", Assert.Throws<Backend.PgException>(() => Codec.Show(Codec.Find("date"), SqlValue.Of(5L))).Error.SqlState);
    }
}
