using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace ActorReplication.Node.Tests.Http;

/// <summary>A strict reader of Prometheus' text format 0.0.4: what a scraper would refuse, or quietly take wrongly, fails here.</summary>
internal static partial class PrometheusText
{
    /// <returns>Values by name and labels, as they stand there.</returns>
    public static Dictionary<string, double> Parse(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        var types = new Dictionary<string, string>();
        var helps = new HashSet<string>();
        var values = new Dictionary<string, double>();
        string? family = null;
        foreach (var line in text[..^1].Split('\n'))
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                family = line.Split(' ')[2];
                Assert.True(helps.Add(family), $"a second HELP of {family}");
            }
            else if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                Assert.Equal(family, line.Split(' ')[2]);
                Assert.Contains(line.Split(' ')[3], (string[])["counter", "gauge", "histogram"]);
                types.Add(family!, line.Split(' ')[3]);
            }
            else
            {
                var sample = Sample().Match(line);
                Assert.True(sample.Success, $"no sample: {line}");
                var name = sample.Groups["name"].Value;
                Assert.True(name == family || (types[family!] == "histogram" && name.StartsWith(family!, StringComparison.Ordinal)), $"{name} stands under {family}");
                if (types[family!] == "counter") Assert.EndsWith("_total", name, StringComparison.Ordinal);
                values.Add(name + sample.Groups["labels"].Value, double.Parse(sample.Groups["value"].Value, CultureInfo.InvariantCulture));
            }
        }
        foreach (var histogram in types.Where(t => t.Value == "histogram").Select(t => t.Key)) CheckHistogram(histogram, values);
        return values;
    }

    private static void CheckHistogram(string name, Dictionary<string, double> values)
    {
        var buckets = values.Where(v => v.Key.StartsWith(name + "_bucket{", StringComparison.Ordinal)).Select(v => (Limit: Regex.Match(v.Key, "le=\"([^\"]+)\"").Groups[1].Value, v.Value)).ToArray();
        Assert.Equal("+Inf", buckets[^1].Limit);
        Assert.Equal(buckets[^1].Value, values[name + "_count"]);
        Assert.True(values[name + "_sum"] >= 0);
        Assert.Equal(buckets.Select(b => b.Value), buckets.Select(b => b.Value).Order());
        var limits = buckets[..^1].Select(b => double.Parse(b.Limit, CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(limits, limits.Order().Distinct());
    }

    [GeneratedRegex(@"^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?<labels>\{[a-z_]+=""[^""\\\n]*""(,[a-z_]+=""[^""\\\n]*"")*\})? (?<value>-?[0-9]+(\.[0-9]+)?(E[-+]?[0-9]+)?)$")]
    private static partial Regex Sample();
}
