using ActorReplication.Node.Configuration;

namespace ActorReplication.Node.CommandLine;

/// <summary>The options of one verb: <c>--name value</c>, <c>--name=value</c>, or <c>--name</c> alone for a flag. What the verb does not
/// ask for is an error (<see cref="RejectRest"/>). Written by hand because a parsing library costs more start-up time than the parsing.</summary>
internal sealed class Arguments
{
    private readonly List<(string Name, string? Value)> _options = [];
    private readonly string _verb;

    public Arguments(string verb, IReadOnlyList<string> arguments, params ReadOnlySpan<string> flags)
    {
        _verb = verb;
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            if (!argument.StartsWith("--", StringComparison.Ordinal) || argument.Length < 3) throw Usage($"\"{argument}\" is not an option");
            var equals = argument.IndexOf('=');
            if (equals > 0) _options.Add((argument[2..equals], argument[(equals + 1)..]));
            else if (flags.Contains(argument[2..])) _options.Add((argument[2..], null));
            else if (i + 1 < arguments.Count && !arguments[i + 1].StartsWith("--", StringComparison.Ordinal)) _options.Add((argument[2..], arguments[++i]));
            else _options.Add((argument[2..], null));
        }
    }

    public bool Flag(string name)
    {
        var found = _options.FindIndex(o => o.Name == name);
        if (found < 0) return false;
        if (_options[found].Value is not null) throw Usage($"--{name} takes no value");
        _options.RemoveAll(o => o.Name == name);
        return true;
    }

    public string? Text(string name)
    {
        var found = _options.FindLastIndex(o => o.Name == name);
        if (found < 0) return null;
        var value = _options[found].Value;
        if (string.IsNullOrEmpty(value)) throw Usage($"--{name} needs a value");
        _options.RemoveAll(o => o.Name == name);
        return value;
    }

    public int Number(string name, int otherwise, int minimum, int maximum)
    {
        if (Text(name) is not { } text) return otherwise;
        return ConfigValue.Count(text) is { } value && value >= minimum && value <= maximum
            ? (int)value
            : throw Usage($"--{name} {text}: a whole number from {minimum} to {maximum} is expected");
    }

    public void RejectRest()
    {
        if (_options.Count > 0) throw Usage($"unknown option --{_options[0].Name}");
    }

    public ExitException Usage(string problem) => new(ExitCodes.Usage, $"{_verb}: {problem}. See: actor-replication help");
}
