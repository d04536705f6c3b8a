using System.Globalization;

namespace ActorReplication.Core.Tests.Simulation;

/// <summary>How long the searching tests search: <c>90s</c>, <c>10m</c>, <c>2h</c>.</summary>
internal static class Budget
{
    public static TimeSpan Read(string? text, TimeSpan otherwise)
    {
        if (string.IsNullOrWhiteSpace(text))
            return otherwise;
        var number = double.Parse(text.AsSpan(0, text.Length - 1), CultureInfo.InvariantCulture);
        return text[^1] switch
        {
            's' => TimeSpan.FromSeconds(number),
            'm' => TimeSpan.FromMinutes(number),
            'h' => TimeSpan.FromHours(number),
            var unit => throw new FormatException($"a budget ends in s, m or h, not in '{unit}'"),
        };
    }
}
