using System.Globalization;
using System.Text;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Types;
using Xunit;
using Calendar = ActorReplication.Postgres.Types.Calendar;

namespace ActorReplication.Postgres.Tests.Types;

/// <summary>Properties over random values; the seed is fresh and in the message of what fails.</summary>
public sealed class RandomValues
{
    private const string Letters = "0123456789-+:.{},\"\\ TZP\0\u0001einfa";

    private readonly int _seed = Environment.TickCount;

    [Theory]
    [InlineData("bool")]
    [InlineData("int2")]
    [InlineData("int4")]
    [InlineData("int8")]
    [InlineData("float4")]
    [InlineData("float8")]
    [InlineData("numeric")]
    [InlineData("text")]
    [InlineData("bytea")]
    [InlineData("uuid")]
    [InlineData("date")]
    [InlineData("time")]
    [InlineData("timetz")]
    [InlineData("timestamp")]
    [InlineData("timestamptz")]
    [InlineData("interval")]
    [InlineData("jsonb")]
    public void Text_and_binary_carry_the_same_value_both_ways(string type)
    {
        var random = new Random(_seed);
        var codec = Codec.Find(type);
        var array = PgTypes.Find(PgTypes.ArrayOf(codec.Oid));
        for (var i = 0; i < 300; i++)
        {
            var text = Sample(type, random);
            var stored = codec.ReadText(Encoding.UTF8.GetBytes(text), new ValueArena(), ValueFormat.Default);
            var binary = Codec.Bytes(codec, stored);
            var again = codec.ReadBinary(binary, new ValueArena());
            var shown = Codec.Show(codec, stored);
            Assert.True(shown == Codec.Show(codec, again), $"seed {_seed}: {type} {text}: {shown} in text, {Codec.Show(codec, again)} through binary");
            Assert.True(Same(stored, again), $"seed {_seed}: {type} {text}: stored differently from text and from binary");
            Assert.True(shown == Codec.Show(codec, codec.ReadText(Encoding.UTF8.GetBytes(shown), new ValueArena(), ValueFormat.Default)), $"seed {_seed}: {type} {text}: {shown} does not read back");

            var json = array.ReadText(Encoding.UTF8.GetBytes($"{{{Quote(text)},NULL}}"), new ValueArena(), ValueFormat.Default);
            var list = Codec.Show(array, json);
            Assert.True(list == Codec.Show(array, array.ReadBinary(Codec.Bytes(array, json), new ValueArena())), $"seed {_seed}: {type}[] {text}");
        }
    }

    [Fact]
    public void Doubles_read_back_bit_for_bit()
    {
        var random = new Random(_seed);
        var codec = Codec.Find("float8");
        for (var i = 0; i < 2000; i++)
        {
            var value = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            if (!double.IsFinite(value)) continue;
            var shown = Codec.Show(codec, SqlValue.Of(value));
            Assert.True(BitConverter.DoubleToInt64Bits(double.Parse(shown, CultureInfo.InvariantCulture)) == BitConverter.DoubleToInt64Bits(value), $"seed {_seed}: {value:R} shown as {shown}");
        }
    }

    [Fact]
    public void Days_of_five_thousand_years_agree_with_the_calendar()
    {
        var start = new DateOnly(1, 1, 1);
        for (var day = 0; day < 3_650_000; day += 97)
        {
            var date = start.AddDays(day);
            var days = Calendar.Days(date.Year, date.Month, date.Day);
            Assert.Equal(date.DayNumber - new DateOnly(2000, 1, 1).DayNumber, days);
            Assert.Equal((date.Year, date.Month, date.Day), Calendar.Date(days));
        }
    }

    /// <summary>Whatever bytes come, the answer is a value or an error of the client's, never another exception.</summary>
    [Fact]
    public void Random_bytes_are_a_value_or_a_refusal()
    {
        var random = new Random(_seed);
        string[] types = ["bool", "int4", "float8", "numeric", "text", "bytea", "uuid", "date", "time", "timetz", "timestamp", "timestamptz", "interval", "jsonb", "int4[]", "text[]", "numeric[]", "timestamptz[]"];
        for (var i = 0; i < 5000; i++)
        {
            var codec = Codec.Find(types[i % types.Length]);
            var bytes = new byte[random.Next(40)];
            if (random.Next(2) == 0) random.NextBytes(bytes);
            else for (var j = 0; j < bytes.Length; j++) bytes[j] = (byte)Letters[random.Next(Letters.Length)];
            try
            {
                Codec.Show(codec, random.Next(2) == 0 ? codec.ReadBinary(bytes, new ValueArena()) : codec.ReadText(bytes, new ValueArena(), ValueFormat.Default));
            }
            catch (Backend.PgException refused)
            {
                Assert.StartsWith("2", refused.Error.SqlState is "0A000" or "54000" or "42804" ? "2" : refused.Error.SqlState, StringComparison.Ordinal);
            }
            catch (Exception other)
            {
                Assert.Fail($"seed {_seed}: {codec.Name} from {Convert.ToHexString(bytes)}: {other}");
            }
        }
    }

    private static bool Same(in SqlValue a, in SqlValue b) => a.Kind == b.Kind && a.Int64 == b.Int64 && a.Bytes.Span.SequenceEqual(b.Bytes.Span);

    private static string Quote(string text) => "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    private static string Sample(string type, Random random) => type switch
    {
        "bool" => random.Next(2) == 0 ? "t" : "f",
        "int2" => random.Next(short.MinValue, short.MaxValue + 1).ToString(CultureInfo.InvariantCulture),
        "int4" => random.Next(int.MinValue, int.MaxValue).ToString(CultureInfo.InvariantCulture),
        "int8" => random.NextInt64(long.MinValue, long.MaxValue).ToString(CultureInfo.InvariantCulture),
        "float4" => ((random.NextSingle() - 0.5f) * MathF.Pow(10, random.Next(-30, 30))).ToString("R", CultureInfo.InvariantCulture),
        "float8" => ((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-200, 200))).ToString("R", CultureInfo.InvariantCulture),
        "numeric" => (random.Next(2) == 0 ? "-" : "") + Digits(random, random.Next(1, 30)) + (random.Next(2) == 0 ? "." + Digits(random, random.Next(1, 30)) : ""),
        "text" => new string([.. Enumerable.Range(0, random.Next(20)).Select(_ => "aé\"\\{},💡 \n"[random.Next(7)])]),
        "bytea" => @"\x" + Convert.ToHexStringLower(Enumerable.Range(0, random.Next(20)).Select(_ => (byte)random.Next(256)).ToArray()),
        "uuid" => Guid.NewGuid().ToString(),
        "date" => $"{random.Next(1, 10_000):0000}-{random.Next(1, 13):00}-{random.Next(1, 29):00}",
        "time" => $"{random.Next(24):00}:{random.Next(60):00}:{random.Next(60):00}.{random.Next(1_000_000):000000}",
        "timetz" => $"{Sample("time", random)}{(random.Next(2) == 0 ? '+' : '-')}{random.Next(15):00}:{random.Next(60):00}",
        "timestamp" when random.Next(8) == 0 => $"{random.Next(1, 4713):0000}-01-02 {Sample("time", random)} BC",
        "timestamp" => $"{Sample("date", random)} {Sample("time", random)}",
        "timestamptz" => $"{Sample("date", random)} {Sample("time", random)}+{random.Next(15):00}:{random.Next(60):00}",
        "interval" => $"{random.Next(-100, 100)} years {random.Next(-11, 12)} mons {random.Next(-40, 40)} days {random.NextInt64(-200_000_000_000, 200_000_000_000)} us",
        _ => $"{{\"a\": [{random.Next()}, null, \"{random.Next()}\"]}}",
    };

    private static string Digits(Random random, int count) => string.Concat(Enumerable.Range(0, count).Select(_ => (char)('0' + random.Next(10))));
}
