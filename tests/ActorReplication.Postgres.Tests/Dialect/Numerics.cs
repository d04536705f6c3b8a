using System.Globalization;
using System.Numerics;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Dialect.Functions;
using Xunit;

namespace ActorReplication.Postgres.Tests.Dialect;

/// <summary>numeric of any number of digits.</summary>
public sealed class Numerics : IDisposable
{
    private const string Long = "12345678901234567890.123456789";
    private readonly DialectDatabase _db = new("CREATE TABLE n (id int PRIMARY KEY, v numeric, w numeric(30,10), p numeric(10,2))");

    public void Dispose() => _db.Dispose();

    [Theory]
    [InlineData("SELECT 12345678901234567890.123456789 + 0.000000001", "12345678901234567890.123456790")]
    [InlineData("SELECT 99999999999999999999 * 99999999999999999999", "9999999999999999999800000000000000000001")]
    [InlineData("SELECT 0.1 + 0.2", "0.3")]
    [InlineData("SELECT 1 / 3.0", "0.33333333333333333333")]
    [InlineData("SELECT 10 / 3.0", "3.3333333333333333")]
    [InlineData("SELECT 100000000000000000000 / 7::numeric", "14285714285714285714")]
    [InlineData("SELECT 2 / 30000.0", "0.000066666666666666666667")]
    [InlineData("SELECT 7 / 2.0", "3.5")]
    [InlineData("SELECT -12345678901234567890.5", "-12345678901234567890.5")]
    [InlineData("SELECT - (12345678901234567890.5::numeric)", "-12345678901234567890.5")]
    [InlineData("SELECT round(12345678901234567890.555, 2)", "12345678901234567890.56")]
    [InlineData("SELECT trunc(-12345678901234567890.559, 2)", "-12345678901234567890.55")]
    [InlineData("SELECT round(12345678901234567890, -3)", "12345678901234568000")]
    [InlineData("SELECT ceil(12345678901234567890.1), floor(-12345678901234567890.1), abs(-12345678901234567890.1), sign(-12345678901234567890.1)", "12345678901234567891|-12345678901234567891|12345678901234567890.1|-1")]
    [InlineData("SELECT mod(12345678901234567890.5, 7), div(12345678901234567890.5, 7), 12345678901234567890.5 % -7", "1.5|1763668414462081127|1.5")]
    [InlineData("SELECT 12345678901234567890.123::numeric(25,1), 12345678901234567890.15::numeric(25,1)::text", "12345678901234567890.1|12345678901234567890.2")]
    [InlineData("SELECT 12345678901234567890::numeric > 9, 12345678901234567890 > 12345678901234567889.9, -12345678901234567890.5 < 1", "t|t|t")]
    [InlineData("SELECT greatest(5, 12345678901234567890.1, 100.5), least(5.5, -12345678901234567890.1)", "12345678901234567890.1|-12345678901234567890.1")]
    [InlineData("SELECT 5 BETWEEN -12345678901234567890.5 AND 12345678901234567890.5", "t")]
    [InlineData("SELECT (12345678901234567890.5, 1) > (9, 2)", "t")]
    [InlineData("SELECT sum(x), avg(x), min(x), max(x) FROM (VALUES (12345678901234567890.5), (0.5), (-3)) AS v(x)", "12345678901234567888|4115226300411522629.3|-3|12345678901234567890.5")]
    [InlineData("SELECT sum(x) FROM (VALUES (99999999999.99), (0.01), (NULL)) AS v(x)", "100000000000.00")]
    [InlineData("SELECT 9007199254740993.0 = 9007199254740992.0, 1.10 = 1.1, 12345678901234567890.50 = 12345678901234567890.5", "f|t|t")]
    [InlineData("SELECT 2.5 AS x UNION ALL SELECT 12345678901234567890.5 UNION ALL SELECT -12345678901234567890.5 UNION ALL SELECT 30 ORDER BY x", "-12345678901234567890.5\n2.5\n30\n12345678901234567890.5")]
    [InlineData("SELECT 1.5 UNION SELECT 1.50 UNION SELECT 2 ORDER BY 1 DESC LIMIT 1", "2")]
    [InlineData("VALUES (interval '2 hours'), (interval '1 day'), (interval '30 minutes') ORDER BY 1", "00:30:00\n02:00:00\n1 day")]
    [InlineData("SELECT 12345678901234567.5::bigint, 0.5::int, -0.5::int", "12345678901234568|1|-1")]
    public void Arithmetic_keeps_every_digit(string sql, string expected) => Assert.Equal(expected, _db.Query(sql));

    [Fact]
    public void Columns_keep_every_digit_and_sort_as_numbers()
    {
        _db.Run($"INSERT INTO n (id, v) VALUES (1, 9), (2, {Long}), (3, -{Long}), (4, 10.5), (5, NULL), (6, 1e30), (7, 0.00000000000000000001), (8, '-Infinity'), (9, 'NaN')");
        Assert.Equal("8|3|7|1|4|2|6|9|5", string.Join('|', _db.Query("SELECT id FROM n ORDER BY v").Split('\n')));
        Assert.Equal("5|9|6|2|4|1|7|3|8", string.Join('|', _db.Query("SELECT id FROM n ORDER BY v DESC").Split('\n')));
        Assert.Equal($"{Long}|-{Long}|1000000000000000000000000000000", _db.Query("SELECT a.v, b.v, c.v FROM n a, n b, n c WHERE a.id = 2 AND b.id = 3 AND c.id = 6"));
        Assert.Equal("2", _db.Query($"SELECT id FROM n WHERE v = {Long}000"));
        Assert.Equal("2", _db.Query("SELECT id FROM n WHERE v = $1", Long + "0"));
        Assert.Equal("6", _db.Query("SELECT count(*) FROM n WHERE v < $1", "12345678901234567890.2"));
        Assert.Equal("1", _db.Query("SELECT count(*) FROM n WHERE v > 12345678901234567890.2 AND v < 'NaN'"));
    }

    [Fact]
    public void Precision_and_scale_are_the_columns()
    {
        _db.Run("INSERT INTO n (id, w, p) VALUES (1, 12345678901234567890.12345678905, 12345678.125)");
        Assert.Equal("12345678901234567890.1234567891|12345678.13", _db.Query("SELECT w, p FROM n"));
        foreach (var sql in new[] { "INSERT INTO n (id, p) VALUES (2, 123456789)", "INSERT INTO n (id, w) VALUES (2, 1e20)" })
            Assert.ThrowsAny<Exception>(() => _db.Run(sql));
    }

    [Fact]
    public void A_column_of_few_digits_uses_its_index_for_order()
    {
        _db.Run("CREATE INDEX np ON n (p); CREATE INDEX nv ON n (v)");
        Assert.Contains("np", _db.Query("EXPLAIN SELECT id FROM n WHERE p > 5"));
        Assert.Contains("np", _db.Query("EXPLAIN SELECT id FROM n WHERE p > $1", "5"));
        Assert.Contains("nv", _db.Query("EXPLAIN SELECT id FROM n WHERE v = 5"));
    }

    /// <summary>Parameters of more than 15 digits, which no number of the column's is equal to.</summary>
    [Theory]
    [InlineData("9.98999999999999999999", "2|3", "2|3", "1", "1", "")]
    [InlineData("9.99000000000000000001", "3", "3", "1|2", "1|2", "")]
    [InlineData("-0.99999999999999999999", "2|3", "2|3", "1", "1", "")]
    [InlineData("-1.00000000000000000001", "1|2|3", "1|2|3", "", "", "")]
    [InlineData("1e400", "", "", "1|2|3", "1|2|3", "")]
    [InlineData("-Infinity", "1|2|3", "1|2|3", "", "", "")]
    [InlineData("NaN", "", "", "1|2|3", "1|2|3", "")]
    [InlineData("9.990", "3", "2|3", "1", "1|2", "2")]
    public void A_long_parameter_is_not_rounded_to_the_columns_numbers(string parameter, string above, string notBelow, string below, string notAbove, string equal)
    {
        _db.Run("INSERT INTO n (id, p) VALUES (1, -1), (2, 9.99), (3, 10)");
        foreach (var (op, reversed, expected) in new[] { (">", "<", above), (">=", "<=", notBelow), ("<", ">", below), ("<=", ">=", notAbove), ("=", "=", equal) })
        {
            Assert.Equal(expected, Joined($"SELECT id FROM n WHERE p {op} $1 ORDER BY p", parameter));
            Assert.Equal(expected, Joined($"SELECT id FROM n WHERE $1 {reversed} p ORDER BY p", parameter));
        }
        Assert.Equal(above, Joined("SELECT id FROM n WHERE (p, 1) > ($1, 2) ORDER BY p", parameter));
        Assert.Equal(notBelow, Joined("SELECT id FROM n WHERE (p, 2) >= ($1, 2) ORDER BY p", parameter));
    }

    [Theory]
    [InlineData("2.00000000000000000001", "3", "3", "1|2", "1|2")]
    [InlineData("1.99999999999999999999", "2|3", "2|3", "1", "1")]
    [InlineData("9223372036854775808", "", "", "1|2|3", "1|2|3")]
    [InlineData("-9223372036854775808.5", "1|2|3", "1|2|3", "", "")]
    [InlineData("-Infinity", "1|2|3", "1|2|3", "", "")]
    public void Nor_to_integers(string parameter, string above, string notBelow, string below, string notAbove)
    {
        _db.Run("INSERT INTO n (id, v) VALUES (1, $1), (2, $1), (3, $1)".Replace("$1", "'" + parameter + "'", StringComparison.Ordinal));
        foreach (var value in new[] { "$1::numeric", "v" })
        {
            string[] given = value == "v" ? [] : [parameter];
            foreach (var (op, expected) in new[] { (">", above), (">=", notBelow), ("<", below), ("<=", notAbove), ("=", ""), ("<>", "1|2|3"), ("IS DISTINCT FROM", "1|2|3") })
                Assert.Equal(expected, Joined($"SELECT id FROM n WHERE id {op} {value} ORDER BY id", given));
            Assert.Equal("", Joined($"SELECT id FROM n WHERE id IN ({value}, 7) ORDER BY id", given));
            Assert.Equal("", Joined($"SELECT id FROM n WHERE (id, 1) = ({value}, 1) ORDER BY id", given));
            Assert.Equal(above, Joined($"SELECT id FROM n WHERE (id, 1) > ({value}, 1) ORDER BY id", given));
        }
        Assert.Equal("", Joined("SELECT id FROM n WHERE id IN (SELECT v FROM n) ORDER BY id"));
        Assert.Equal("", Joined("SELECT id FROM n WHERE v IN (SELECT id FROM n) ORDER BY id"));
    }

    [Fact]
    public void Long_parameters_beside_columns_of_numbers_use_their_indexes()
    {
        _db.Run("CREATE INDEX np ON n (p)");
        Assert.Contains("np", _db.Query("EXPLAIN SELECT id FROM n WHERE p >= $1", "5"));
        Assert.Contains("np", _db.Query("EXPLAIN SELECT id FROM n WHERE (p, id) > ($1, 5)", "5"));
        Assert.Contains("PRIMARY KEY", _db.Query("EXPLAIN SELECT v FROM n WHERE id > $1::numeric", "5"));
        Assert.Contains("PRIMARY KEY", _db.Query("EXPLAIN SELECT v FROM n WHERE id = $1::numeric", "5"));
    }

    private string Joined(string sql, params string[] parameters) => string.Join('|', _db.Query(sql, parameters).Split('\n'));

    [Theory]
    [InlineData("WITH RECURSIVE r(i, x) AS (SELECT 1, 9::numeric UNION ALL SELECT i + 1, x * x FROM r WHERE i < 30) SELECT count(*) FROM r")]
    [InlineData("SELECT '1e131071'::numeric * 10")]
    [InlineData("SELECT '-1e131071'::numeric * 10.5")]
    [InlineData("SELECT '9e131071'::numeric + '1e131071'::numeric")]
    [InlineData("SELECT '-9e131071'::numeric - '1e131071'::numeric")]
    public void More_digits_than_numeric_has_are_refused(string sql)
    {
        var error = Assert.Throws<DialectException>(() => _db.Query(sql));
        Assert.Equal(("22003", "value overflows numeric format"), (error.SqlState, error.Message));
    }

    [Fact]
    public void The_largest_numeric_can_be_calculated_with()
    {
        var nines = new string('9', 131_072);
        Assert.Equal(nines, _db.Query($"SELECT '{nines}'::numeric * 1 + 0 - 0"));
        Assert.Equal("1" + new string('0', 131_071), _db.Query("SELECT '1e65535'::numeric * '1e65536'::numeric"));
        Assert.Equal("0", _db.Query("SELECT 0 * '9e131071'::numeric"));
    }

    [Fact]
    public void Zeros_at_the_end_of_a_fraction_go_however_many_there_are()
    {
        foreach (var zeros in Enumerable.Range(0, 70).Append(1000).Append(16_000))
        {
            foreach (var number in new[] { 1, 16, -1024, 12_345_678 })
                Assert.Equal(new BigDecimal(number, 9), new BigDecimal(number * BigInteger.Pow(10, zeros), 9 + zeros).Trimmed());
            Assert.Equal(new BigDecimal(BigInteger.Pow(10, 5), 0), new BigDecimal(BigInteger.Pow(10, 5 + zeros), zeros).Trimmed());
        }
        Assert.Equal(BigDecimal.Zero, new BigDecimal(0, 7).Trimmed());
    }

    [Fact]
    public void Numbers_too_small_for_a_double_keep_their_digits()
    {
        _db.Run("INSERT INTO n (id, v) VALUES (1, '1e-400'), (2, '1.23456789012345e-310'), (3, '2.3e-308')");
        Assert.Equal("0." + new string('0', 399) + "1", _db.Query("SELECT v FROM n WHERE id = 1"));
        Assert.Equal("0." + new string('0', 309) + "123456789012345", _db.Query("SELECT v FROM n WHERE id = 2"));
        Assert.Equal("t|t", _db.Query("SELECT v > 0, v * 10 / 10 = v FROM n WHERE id = 2"));
        Assert.Equal("0." + new string('0', 399) + "1", _db.Query("SELECT '1e-200'::numeric * '1e-200'::numeric"));
        Assert.Equal("1|2|3", string.Join('|', _db.Query("SELECT id FROM n ORDER BY v").Split('\n')));
    }

    /// <summary>Against arithmetic of whole numbers, which is exact.</summary>
    [Fact]
    public void Keys_order_as_numbers_do_and_hold_all_of_them()
    {
        var random = new Random(20260101);
        var values = Enumerable.Range(0, 400).Select(_ => new BigDecimal(RandomInteger(random), random.Next(0, 40))).ToList();
        foreach (var (a, b) in values.Zip(values.Skip(1)))
        {
            var expected = (a.Unscaled * BigInteger.Pow(10, 40 - a.Scale)).CompareTo(b.Unscaled * BigInteger.Pow(10, 40 - b.Scale));
            Assert.Equal(Math.Sign(expected), Math.Sign(a.CompareTo(b)));
            Assert.Equal(Math.Sign(expected), Math.Sign(NumericKey.Of(a).AsSpan().SequenceCompareTo(NumericKey.Of(b))));
            Assert.True(BigDecimal.TryParse(a.ToString(), out var again) && again == a, a.ToString());
        }
    }

    private static BigInteger RandomInteger(Random random) =>
        BigInteger.Parse(string.Concat(Enumerable.Range(0, random.Next(1, 45)).Select(_ => (char)('0' + random.Next(10)))), CultureInfo.InvariantCulture) * (random.Next(2) * 2 - 1);
}
