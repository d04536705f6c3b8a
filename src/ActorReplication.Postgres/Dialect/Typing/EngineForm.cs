using System.Globalization;
using System.Text;
using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Dialect.Typing;

/// <summary>Text to a type's form in the engine and back, by the codecs that clients' values go through too: so a literal, a cast and a parameter store the same.</summary>
internal static class EngineForm
{
    /// <exception cref="DialectException">22P02, 22003 …: not a value of the type.</exception>
    public static SqlValue Read(ReadOnlySpan<byte> utf8, uint type)
    {
        try
        {
            var value = PgTypes.Find(type).ReadText(utf8, new ValueArena(), ValueFormat.Default);
            return type switch
            {
                PgOid.Jsonb => SqlValue.Text(Functions.JsonbText.Normalise(Encoding.UTF8.GetString(value.Bytes.Span))),
                PgOid.Bpchar => SqlValue.Text(Encoding.UTF8.GetString(value.Bytes.Span).TrimEnd(' ')),
                _ => value,
            };
        }
        catch (PgException refused)
        {
            throw new DialectException(refused.Error.SqlState, refused.Error.Message, 0, refused.Error.Hint, refused.Error.Detail);
        }
    }

    public static string LiteralSql(string text, SqlType type)
    {
        var value = Read(Encoding.UTF8.GetBytes(text), type.Oid);
        return value.Kind switch
        {
            SqlKind.Int64 => value.Int64 < 0 ? value.Int64 == long.MinValue ? "(-9223372036854775807 - 1)" : $"({value.Int64})" : value.Int64.ToString(CultureInfo.InvariantCulture),
            SqlKind.Double => DoubleSql(value.Double),
            SqlKind.Blob => $"x'{System.Convert.ToHexString(value.Bytes.Span)}'",
            SqlKind.Text => $"'{Encoding.UTF8.GetString(value.Bytes.Span).Replace("'", "''", StringComparison.Ordinal)}'",
            _ => "NULL",
        };
    }

    /// <summary>A number with more digits than INTEGER or 15 digits of REAL hold.</summary>
    public static bool IsBeyondDouble(string number) => Read(Encoding.UTF8.GetBytes(number), PgOid.Numeric).Kind == SqlKind.Text && number is not ("NaN" or "Infinity" or "-Infinity");

    private static string DoubleSql(double value)
    {
        if (double.IsNaN(value)) return "'NaN'";
        if (double.IsInfinity(value)) return value > 0 ? "9e999" : "(-9e999)";
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        if (!text.Contains('.') && !text.Contains('E')) text += ".0";
        return value < 0 || double.IsNegative(value) ? $"({text})" : text;
    }

    /// <summary>As PostgreSQL shows the value.</summary>
    public static string Write(in EngineValue value, uint type)
    {
        var output = new OutputBuffer(64);
        try
        {
            PgTypes.Find(type).WriteText(value, -1, output, ValueFormat.Default);
            return Encoding.UTF8.GetString(output.Written.Span);
        }
        catch (PgException refused)
        {
            throw new DialectException(refused.Error.SqlState, refused.Error.Message);
        }
        finally
        {
            output.Release();
        }
    }
}
