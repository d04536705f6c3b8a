using ActorReplication.Cluster;
using ActorReplication.Core.Durability;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace ActorReplication.Node.Configuration;

/// <param name="Line">0 when it stands on no line (missing, or from the environment).</param>
internal sealed record ConfigError(string Origin, int Line, string Path, string Message)
{
    public override string ToString() => (Line > 0 ? $"{Origin}:{Line}: " : $"{Origin}: ") + (Path.Length > 0 ? $"{Path}: {Message}" : Message);
}

/// <param name="Settings">Null when there are errors.</param>
internal sealed record ConfigResult(NodeSettings? Settings, IReadOnlyList<ConfigError> Errors);

/// <summary>Reads node.conf, what it includes, and the environment; checks all of it against <see cref="ConfigSchema"/> and tells every
/// error at once.</summary>
internal sealed class ConfigLoader
{
    /// <summary>Prefix of environment variables that override keys: two underscores stand for a dot, one for a dash.</summary>
    public const string EnvironmentPrefix = "ACTOR_REPLICATION__";

    private const int IncludeDepth = 16, MostIncludes = 64;

    /// <summary>In characters; hocon/node.conf has about 10000.</summary>
    private const int LargestFile = 256 * 1024;

    private readonly List<ConfigError> _errors = [];
    private readonly Dictionary<string, KeyPlace> _places = [];
    private readonly List<SubstitutionPlace> _substitutions = [];
    private readonly Dictionary<string, string?> _texts = [];
    private readonly string _file;
    private int _includes;

    private ConfigLoader(string file) => _file = file;

    public static ConfigResult Load(string file, IReadOnlyDictionary<string, string> environment)
    {
        var loader = new ConfigLoader(file);
        var settings = loader.Load(environment);
        return new ConfigResult(loader._errors.Count == 0 ? settings : null, loader._errors);
    }

    /// <summary>The variables that override keys, by key path.</summary>
    public static Dictionary<string, string> OverridesOf(System.Collections.IDictionary variables)
    {
        var overrides = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry variable in variables)
            if (variable.Key is string name && name.StartsWith(EnvironmentPrefix, StringComparison.Ordinal))
                overrides[name] = variable.Value as string ?? "";
        return overrides;
    }

    private NodeSettings? Load(IReadOnlyDictionary<string, string> environment)
    {
        if (ReadFile(_file) is not { } text) return null;
        Config parsed;
        try
        {
            Scan(text, _file, "", 0);
            if (_errors.Count == 0 && SubstitutionCheck.Find(_substitutions) is var (place, problem)) _errors.Add(new ConfigError(place.Origin, place.Line, place.Holder, problem));
            if (_errors.Count > 0) return null;
            parsed = Parsed(text);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The parser throws whatever it stumbles over; each means that the text is not HOCON.
            _errors.Add(new ConfigError(_file, 0, "", "not readable as HOCON: " + e.Message.ReplaceLineEndings(" ")));
            return null;
        }
        var leaves = new SortedDictionary<string, HoconValue>(StringComparer.Ordinal);
        Flatten("", parsed.Root, leaves);
        foreach (var (variable, value) in environment) Override(leaves, variable, value);
        var values = Check(leaves);
        var akka = parsed.HasPath(ConfigSchema.AkkaSection) ? parsed.GetConfig(ConfigSchema.AkkaSection) : null;
        var forAkka = akka is null ? "" : $"{ConfigSchema.AkkaSection} {HoconText.Of(akka.Root)}\n";
        // What stood for others may be too much for the parser only now, when they are in its place.
        if (HoconScan.Of(forAkka, _file).Problem is var (_, inAkka)) Complain(ConfigSchema.AkkaSection, inAkka);
        return _errors.Count > 0 ? null : new SettingsReader(values, Complain).Read(forAkka);
    }

    private void Complain(string path, string message)
    {
        var place = _places.TryGetValue(path, out var known) ? known : new KeyPlace(path, _file, 0);
        _errors.Add(new ConfigError(place.Origin, place.Line, path, message));
    }

    private string? ReadFile(string path)
    {
        if (_texts.TryGetValue(path, out var known)) return known;
        string? text = null;
        try
        {
            text = File.ReadAllText(path);
            if (text.Length > LargestFile)
            {
                _errors.Add(new ConfigError(path, 0, "", $"{text.Length} characters; a configuration file has at most {LargestFile}"));
                text = null;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _errors.Add(new ConfigError(path, 0, "", "cannot be read: " + e.Message));
        }
        return _texts[path] = text;
    }

    private static string Resolve(string from, string name) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(from)) ?? ".", name);

    /// <summary>Of a text that was scanned. (Akka's parser does not know a comment by its mark when the text ends there.)</summary>
    private Config Parsed(string text) => ConfigurationFactory.ParseString(text + "\n", Include);

    private HoconRoot Include(string name) => Parser.Parse((ReadFile(Resolve(_file, name)) ?? "") + "\n", Include);

    private void Scan(string text, string origin, string prefix, int depth)
    {
        if (_errors.Count > 0) return;
        if (depth > IncludeDepth)
        {
            _errors.Add(new ConfigError(origin, 0, "", "includes itself, or more than " + IncludeDepth + " files deep"));
            return;
        }
        var scan = HoconScan.Of(text, origin, prefix);
        if (scan.Problem is var (line, message)) _errors.Add(new ConfigError(origin, line, "", message));
        if (depth > 0 && scan.Substitutions is [var first, ..]) _errors.Add(new ConfigError(origin, first.Line, first.Holder, "${…} is understood in the file itself only, not in one that it includes"));
        _substitutions.AddRange(scan.Substitutions);
        foreach (var (under, name, at) in scan.Includes)
        {
            if (++_includes > MostIncludes)
            {
                _errors.Add(new ConfigError(origin, at, "", $"more than {MostIncludes} includes"));
                return;
            }
            var included = Resolve(_file, name);
            if (ReadFile(included) is { } inner) Scan(inner, included, under, depth + 1);
        }
        // The last writing of a key wins, as it does in HOCON.
        foreach (var place in scan.Keys) _places[place.Path] = place;
    }

    private static void Flatten(string prefix, HoconValue value, SortedDictionary<string, HoconValue> leaves)
    {
        if (!value.IsObject()) { leaves[prefix] = value; return; }
        foreach (var (key, child) in value.GetObject().Items)
        {
            var path = prefix.Length == 0 ? key : prefix + "." + key;
            if (path != ConfigSchema.AkkaSection) Flatten(path, child, leaves);
        }
    }

    private void Override(SortedDictionary<string, HoconValue> leaves, string variable, string value)
    {
        var path = variable[EnvironmentPrefix.Length..].ToLowerInvariant().Replace("__", ".").Replace('_', '-');
        var list = value.TrimStart().StartsWith('[');
        var text = "v = " + (list ? value : HoconText.Quote(value));
        try
        {
            var scan = HoconScan.Of(text, variable);
            var problem = scan.Substitutions.Count > 0 ? "no ${…} here" : scan.Problem?.Message;
            leaves[path] = problem is null ? ConfigurationFactory.ParseString(text).GetValue("v") : throw new FormatException(problem);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _errors.Add(new ConfigError("environment " + variable, 0, path, "not readable: " + e.Message.ReplaceLineEndings(" ")));
            return;
        }
        _places[path] = new KeyPlace(path, "environment " + variable, 0);
    }

    /// <summary>Names every unknown key and wrong value; returns the right ones, defaults filled in.</summary>
    private Dictionary<string, object> Check(SortedDictionary<string, HoconValue> leaves)
    {
        var values = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var (path, value) in leaves)
        {
            if (ConfigSchema.Find(path) is not { } key)
            {
                Complain(path, "unknown key" + (ConfigSchema.Nearest(path) is { } near ? $"; did you mean {near}?" : "; see hocon/node.conf for all keys"));
                continue;
            }
            var read = ReadValue(key, value);
            if (read is null) Complain(path, $"{Shown(value)} is not {key.Expectation}");
            else values[path] = read;
        }
        foreach (var key in ConfigSchema.Keys)
        {
            if (values.ContainsKey(key.Path) || leaves.ContainsKey(key.Path)) continue;
            if (key.Required && (key.Unless is null || !leaves.ContainsKey(key.Unless))) Complain(key.Path, $"missing: {key.Expectation}. {key.Consequence}");
            else if (key.Default is { } text) values[key.Path] = ReadText(key, text) ?? (object)Array.Empty<string>();
        }
        return values;
    }

    private static string Shown(HoconValue value) => value.IsArray() ? "[" + string.Join(", ", value.GetStringList()) + "]" : "\"" + value.GetString() + "\"";

    private static object? ReadValue(ConfigKey key, HoconValue value)
    {
        if (key.Type is KeyType.TextList or KeyType.PeerList)
        {
            // Akka does not call [] an array.
            var empty = value.Values is [HoconArray { Count: 0 }];
            if (!value.IsArray() && !empty) return null;
            var items = empty ? [] : value.GetStringList();
            if (items.Any(i => i is null || i.Contains('\0'))) return null;
            if (key.Type is KeyType.TextList) return items.ToArray();
            var peers = items.Select(ConfigValue.Peer).ToArray();
            return peers.Contains(null) ? null : peers;
        }
        return value.IsString() && value.GetString() is { } text && !text.Contains('\0') ? ReadText(key, text) : null;
    }

    private static object? ReadText(ConfigKey key, string text)
    {
        long? number = key.Type switch
        {
            KeyType.Count => ConfigValue.Count(text),
            KeyType.Port => ConfigValue.Count(text) is >= 1 and <= 65535 and var port ? port : null,
            KeyType.Milliseconds => ConfigValue.Milliseconds(text),
            KeyType.Bytes => ConfigValue.Bytes(text),
            _ => null,
        };
        return key.Type switch
        {
            KeyType.Text => text.Length > 0 ? text : null,
            KeyType.Flag => ConfigValue.Flag(text),
            KeyType.Choice => key.Choices.Contains(text) ? text : null,
            KeyType.Policy => PolicyText.TryParse(text, out var policy, out _) ? policy : null,
            KeyType.PeerList => Array.Empty<NodeAddress>(),
            KeyType.TextList => Array.Empty<string>(),
            _ => number >= key.Minimum && number <= key.Maximum ? number : null,
        };
    }
}
