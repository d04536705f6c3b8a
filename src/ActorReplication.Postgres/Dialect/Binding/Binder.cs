using System.Runtime.CompilerServices;
using ActorReplication.Postgres.Catalog;
using ActorReplication.Postgres.Dialect.Lexing;
using ActorReplication.Postgres.Dialect.Syntax;
using ActorReplication.Postgres.Dialect.Typing;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>Resolves one statement's names and types against a schema and writes it in SQLite's SQL. Used once, by one thread.</summary>
internal sealed partial class Binder
{
    /// <summary>Expressions bound in one translation, repeats included: a bound on work for hostile nesting.</summary>
    private const int MostWork = 400_000;

    private readonly string _source;
    private readonly ISchemaView _schema;
    private readonly PgCatalog _catalog;
    private readonly SqlType[] _parameters;
    private readonly bool[] _isDeclared;
    private readonly List<ParameterSlot> _slots = [];
    private readonly Dictionary<ParameterSlot, int> _slotNumbers = [];
    private readonly Dictionary<string, CatalogTable> _catalogTables = [];
    private readonly List<DialectNotice> _notices = [];
    private int _work;
    private bool _usesTables;

    /// <summary>The SELECT whose rows the client sees.</summary>
    private SelectBody? _shown;

    /// <summary>Table of the UPDATE or DELETE.</summary>
    private string? _changed;

    /// <summary>The statement becomes part of the schema (a default, a view, an index): it cannot hold parameters or values of the session.</summary>
    private bool _inSchema;

    public Binder(PgStatement statement, ReadOnlySpan<uint> declared, ISchemaView schema, PgCatalog catalog)
    {
        _source = statement.Query;
        _schema = schema;
        _catalog = catalog;
        _parameters = new SqlType[Math.Max(statement.ParameterCount, declared.Length)];
        _isDeclared = new bool[_parameters.Length];
        for (var i = 0; i < _parameters.Length; i++)
        {
            var oid = i < declared.Length ? declared[i] : 0;
            _parameters[i] = oid is PgOid.Unspecified or PgOid.Unknown ? SqlType.Unknown : new SqlType(oid);
            _isDeclared[i] = !_parameters[i].IsUnknown;
        }
    }

    /// <summary>For errors that point at nothing in the text.</summary>
    private const int Nowhere = -1;

    private DialectException Error(string state, string message, int at, string? hint = null, string? detail = null) =>
        new(state, message, at < 0 ? 0 : TextPosition.Of(_source, at), hint, detail);

    private DialectException Unsupported(string what, int at, string? hint = null) => Error("0A000", $"{what} is not supported", at, hint);

    private void CountWork(int at)
    {
        if (++_work > MostWork || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw Error("54001", "stack depth limit exceeded", at, "The statement is too large or nested too deeply.");
    }

    /// <summary>?k for a slot; the same slot always has the same number.</summary>
    private string Slot(ParameterSlot slot)
    {
        if (!_slotNumbers.TryGetValue(slot, out var number))
        {
            _slots.Add(slot);
            _slotNumbers[slot] = number = _slots.Count;
        }

        return "?" + number;
    }

    private Bound Parameter(int number, int at)
    {
        if (_inSchema) throw Error("42P02", $"there is no parameter ${number}", at);
        var type = _parameters[number - 1];
        return type.IsUnknown ? new Bound("", SqlType.Unknown, at) { Parameter = number } : TypedParameter(number, type, at);
    }

    private Bound TypedParameter(int number, SqlType type, int at)
    {
        var sql = Slot(new ParameterSlot.Client(number - 1));
        // The wire hands these over as the client wrote them; the engine's form is stricter.
        if (type.Oid == PgOid.Bpchar) sql = $"rtrim({sql}, ' ')";
        if (type.Oid == PgOid.Jsonb) sql = $"pg_jsonb({sql})";
        return new Bound(sql, type, at);
    }

    private Bound SettleParameter(Bound parameter, SqlType type)
    {
        ref var settled = ref _parameters[parameter.Parameter - 1];
        if (settled.IsUnknown) settled = type.WithoutModifier;
        else if (settled.Oid != type.Oid && !CastRules.Allows(settled, type, CastContext.Implicit))
            throw Error("42P08", $"inconsistent types deduced for parameter ${parameter.Parameter}", parameter.At,
                detail: $"{TypeNames.Shown(settled)} versus {TypeNames.Shown(type)}");
        var typed = TypedParameter(parameter.Parameter, settled, parameter.At);
        return settled.Oid == type.Oid ? typed : Convert(typed, type);
    }

    private string Session(SessionValue value) => Slot(new ParameterSlot.Session(value));

    private static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string QuoteText(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static string Names(IEnumerable<string> names) => string.Join(", ", names.Select(Quote));

    private uint[] FinishParameters()
    {
        var types = new uint[_parameters.Length];
        for (var i = 0; i < types.Length; i++)
        {
            if (_parameters[i].IsUnknown) throw Error("42P18", $"could not determine data type of parameter ${i + 1}", 0);
            types[i] = _parameters[i].Oid;
        }

        return types;
    }
}
