using System.Text;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Dialect.Functions;

/// <summary>Shorthand for functions' arguments and results.</summary>
internal static class Call
{
    public static string String(this ISqlFunctionCall call, int argument) => Encoding.UTF8.GetString(call.Text(argument));

    public static bool IsNull(this ISqlFunctionCall call, int argument) => call.Kind(argument) == SqlKind.Null;

    public static double Number(this ISqlFunctionCall call, int argument) => call.Kind(argument) switch
    {
        SqlKind.Int64 => call.Int64(argument),
        SqlKind.Double => call.Double(argument),
        _ => double.TryParse(call.String(argument), System.Globalization.CultureInfo.InvariantCulture, out var value) ? value : throw new DialectException("22P02", $"invalid input syntax for type numeric: \"{call.String(argument)}\""),
    };

    public static void ReturnString(this ISqlFunctionCall call, string? text)
    {
        if (text is null) call.ReturnNull();
        else call.ReturnText(Encoding.UTF8.GetBytes(text));
    }

    public static void Return(this ISqlFunctionCall call, bool value) => call.Return(value ? 1L : 0L);

    public static EngineValue Value(this ISqlFunctionCall call, int argument) => call.Kind(argument) switch
    {
        SqlKind.Int64 => EngineValue.Of(call.Int64(argument)),
        SqlKind.Double => EngineValue.Of(call.Double(argument)),
        SqlKind.Text => EngineValue.Text(call.Text(argument)),
        _ => EngineValue.Blob(call.Blob(argument)),
    };

    public static void Return(this ISqlFunctionCall call, in SqlValue value)
    {
        switch (value.Kind)
        {
            case SqlKind.Int64: call.Return(value.Int64); break;
            case SqlKind.Double: call.Return(value.Double); break;
            case SqlKind.Text: call.ReturnText(value.Bytes.Span); break;
            case SqlKind.Blob: call.ReturnBlob(value.Bytes.Span); break;
            default: call.ReturnNull(); break;
        }
    }

    /// <summary>Hands a value of any kind through.</summary>
    public static void ReturnArgument(this ISqlFunctionCall call, int argument)
    {
        if (call.IsNull(argument)) { call.ReturnNull(); return; }
        switch (call.Kind(argument))
        {
            case SqlKind.Int64: call.Return(call.Int64(argument)); break;
            case SqlKind.Double: call.Return(call.Double(argument)); break;
            case SqlKind.Text: call.ReturnText(call.Text(argument)); break;
            default: call.ReturnBlob(call.Blob(argument)); break;
        }
    }

    /// <summary>A function that is NULL if any argument is, as nearly all are.</summary>
    public static SqlFunction Strict(string name, int arguments, Action<ISqlFunctionCall> body, bool deterministic = true) => new(name, arguments, deterministic, call =>
    {
        for (var i = 0; i < call.Count; i++)
        {
            if (!call.IsNull(i)) continue;
            call.ReturnNull();
            return;
        }

        body(call);
    });

    public static SqlFunction OfText(string name, Func<string, string?> body) => Strict(name, 1, call => call.ReturnString(body(call.String(0))));
    public static SqlFunction OfNumber(string name, Func<double, double> body) => Strict(name, 1, call => call.Return(body(call.Number(0))));
}
