namespace ActorReplication.Cmd;

/// <summary>A command line, taken apart: palette, verb and what follows it, and the options that every verb has.</summary>
internal sealed class Invocation
{
    public const string DefaultHost = "127.0.0.1:8441";
    private readonly List<string> _words = [];
    private readonly Dictionary<string, string> _options = [];
    private readonly HashSet<string> _flags = [];

    private Invocation() { }

    public IReadOnlyList<string> Words => _words;
    public IReadOnlyList<string> Hosts { get; private set; } = [DefaultHost];
    public bool Json { get; private set; }

    /// <summary>The line that is shown to the nodes; null: none.</summary>
    public string? TokenFile { get; private set; }

    /// <summary>PEM file of who signs the nodes' HTTP certificates; null: plain HTTP.</summary>
    public string? AuthorityFile { get; private set; }
    public bool Yes { get; private set; }
    public bool Help { get; private set; }

    public static Invocation Parse(IReadOnlyList<string> arguments)
    {
        var invocation = new Invocation();
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            var equals = argument.IndexOf('=');
            var name = equals > 0 ? argument[..equals] : argument;
            switch (name)
            {
                case "--json": invocation.Json = true; break;
                case "--yes" or "-y": invocation.Yes = true; break;
                case "--help" or "-h": invocation.Help = true; break;
                case "--host": invocation.Hosts = ParseHosts(Value()); break;
                case "--token-file": invocation.TokenFile = Value(); break;
                case "--tls-ca": invocation.AuthorityFile = Value(); break;
                case "--full" or "--skip-conflicts" or "--back": invocation._flags.Add(name[2..]); break;
                case ['-', '-', ..]: invocation._options[name[2..]] = Value(); break;
                default: invocation._words.Add(argument); break;
            }

            string Value()
            {
                if (equals > 0) return argument[(equals + 1)..];
                if (i + 1 < arguments.Count) return arguments[++i];
                throw new CommandException($"{name} needs a value", CommandException.Usage);
            }
        }
        return invocation;
    }

    /// <summary>Takes the option's value out; null if it was not given.</summary>
    public string? Option(string name) => _options.Remove(name, out var value) ? value : null;

    /// <summary>Takes a whole number out; null if it was not given.</summary>
    public long? Number(string name, long least, long most)
    {
        if (Option(name) is not { } text) return null;
        return long.TryParse(text, out var value) && value >= least && value <= most ? value : throw new CommandException($"--{name} {text}: a whole number from {least} to {most} is expected", CommandException.Usage);
    }

    /// <summary>For an option that the verb does not have and that is like one that it has.</summary>
    public void SuggestFor(IVerb verb)
    {
        var known = verb.Options.Split([' ', '[', ']', '|'], StringSplitOptions.RemoveEmptyEntries).Where(o => o.StartsWith("--", StringComparison.Ordinal)).ToArray();
        foreach (var option in _options.Keys.Concat(_flags).Select(o => "--" + o))
            if (!known.Contains(option) && Nearest.To(option, known) is { } near) throw new CommandException($"unknown option {option}; is it {near}?", CommandException.Usage);
    }

    /// <summary>The member that a verb is about: the word after its name.</summary>
    public string Member(string verb) => _words.Count > 2 ? _words[2] : throw new CommandException($"{verb}: which node?", CommandException.Usage);

    /// <summary>Takes out an option that has no value.</summary>
    public bool Flag(string name) => _flags.Remove(name);

    /// <summary>To be called when a verb has taken what it knows.</summary>
    public void RejectRest(int words)
    {
        if (_options.Count > 0) throw new CommandException($"unknown option --{_options.Keys.First()}", CommandException.Usage);
        if (_flags.Count > 0) throw new CommandException($"unknown option --{_flags.First()}", CommandException.Usage);
        if (_words.Count > words) throw new CommandException($"\"{_words[words]}\" is not expected", CommandException.Usage);
    }

    private static string[] ParseHosts(string text)
    {
        var hosts = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var host in hosts)
            if (!Uri.TryCreate($"http://{host}/", UriKind.Absolute, out var uri) || uri.IsDefaultPort)
                throw new CommandException($"--host {host}: host:port is expected, such as {DefaultHost}", CommandException.Usage);
        return hosts.Length > 0 ? hosts : throw new CommandException("--host needs host:port", CommandException.Usage);
    }
}
