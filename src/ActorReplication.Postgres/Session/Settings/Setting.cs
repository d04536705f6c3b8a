using System.Globalization;
using ActorReplication.Postgres.Backend;

namespace ActorReplication.Postgres.Session.Settings;

/// <summary>One configuration parameter: its default and what values it takes.</summary>
/// <param name="Name">In PostgreSQL's spelling; compared without regard to case.</param>
/// <param name="Default">Canonical.</param>
/// <param name="Canonical">Takes a value as written and returns it as it will be shown; null for a value that it does not take.</param>
/// <param name="Hint">Which values it takes.</param>
internal sealed record Setting(string Name, string Default, Func<string, string?> Canonical, string? Hint = null)
{
    /// <summary>Clients are told of every change (ParameterStatus).</summary>
    public bool Reported { get; init; }

    /// <summary>Shown but never set.</summary>
    public bool Fixed { get; init; }

    public PgException Invalid(string value) => new(new PgError(SqlStates.InvalidParameterValue, $"invalid value for parameter \"{Name}\": \"{value}\"") { Hint = Hint });

    public static Setting Of(string name, string value) => new(name, value, text => text);

    public static Setting Constant(string name, string value) => new(name, value, text => text) { Fixed = true };

    public static Setting Bool(string name, bool value) => new(name, value ? "on" : "off", CanonicalBool);

    public static Setting Choice(string name, string value, params string[] choices) => new(name, value,
        text => Array.Find(choices, choice => choice.Equals(text, StringComparison.OrdinalIgnoreCase)),
        $"Available values: {string.Join(", ", choices)}.");

    /// <summary>A duration whose plain number is milliseconds.</summary>
    public static Setting Duration(string name, string value = "0") => new(name, value, text => Durations.Milliseconds(text) is { } ms ? Durations.Show(ms) : null,
        "Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\".");

    public static Setting Integer(string name, int value, int min, int max) => new(name, value.ToString(CultureInfo.InvariantCulture),
        text => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max ? number.ToString(CultureInfo.InvariantCulture) : null);

    public static string? CanonicalBool(string text)
    {
        var lower = text.Trim().ToLowerInvariant();
        if (lower.Length == 0) return null;
        if ("true".StartsWith(lower, StringComparison.Ordinal) || "yes".StartsWith(lower, StringComparison.Ordinal) || lower is "on" or "1") return "on";
        if ("false".StartsWith(lower, StringComparison.Ordinal) || "no".StartsWith(lower, StringComparison.Ordinal) || lower is "of" or "off" or "0") return "off";
        return null;
    }
}

/// <summary>Durations as settings spell them.</summary>
internal static class Durations
{
    private static readonly (string Unit, double Milliseconds)[] Units = [("us", 0.001), ("ms", 1), ("s", 1000), ("min", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

    /// <summary><c>100</c> (milliseconds), <c>5s</c>, <c>1.5 min</c>; null if it is no duration from 0 to 2147483647 ms.</summary>
    public static int? Milliseconds(string text)
    {
        var trimmed = text.Trim();
        var end = 0;
        while (end < trimmed.Length && (char.IsAsciiDigit(trimmed[end]) || trimmed[end] is '.' or '-' or '+')) end++;
        if (!double.TryParse(trimmed.AsSpan(0, end), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return null;
        var unit = trimmed[end..].Trim();
        var factor = unit.Length == 0 ? 1 : Array.Find(Units, known => known.Unit == unit).Milliseconds;
        if (factor == 0) return null;
        var milliseconds = Math.Round(number * factor);
        return milliseconds is >= 0 and <= int.MaxValue ? (int)milliseconds : null;
    }

    /// <summary>In the largest unit that leaves a whole number.</summary>
    public static string Show(int milliseconds)
    {
        if (milliseconds == 0) return "0";
        for (var i = Units.Length - 1; i > 0; i--)
            if (milliseconds % Units[i].Milliseconds == 0) return (milliseconds / (long)Units[i].Milliseconds).ToString(CultureInfo.InvariantCulture) + Units[i].Unit;
        return milliseconds.ToString(CultureInfo.InvariantCulture) + "ms";
    }
}
