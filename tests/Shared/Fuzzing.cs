using System.Diagnostics;
using System.Globalization;

namespace ActorReplication.Tests;

/// <summary>Tries an input after the other, each drawn from a seed of its own, for half a second, or for as long as REPLICATION_TEST_BUDGET says (<c>90s</c>, <c>20m</c>, <c>2h</c>). What fails names its
/// seed: REPLICATION_TEST_SEED set to it begins with that input. Compiled into each project that searches.</summary>
internal static class Fuzzing
{
    private const string BudgetVariable = "REPLICATION_TEST_BUDGET", SeedVariable = "REPLICATION_TEST_SEED";
    private static readonly TimeSpan Standard = TimeSpan.FromMilliseconds(500);

    public static void Run(Action<string> tell, Action<Random> once) => RunAsync(tell, random =>
    {
        once(random);
        return Task.CompletedTask;
    }).GetAwaiter().GetResult();

    public static async Task RunAsync(Action<string> tell, Func<Random, Task> once)
    {
        var first = int.TryParse(Environment.GetEnvironmentVariable(SeedVariable), NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : Random.Shared.Next(1, 1_000_000_000);
        var budget = Read(Environment.GetEnvironmentVariable(BudgetVariable)) ?? Standard;
        tell($"{SeedVariable}={first}");
        var started = Stopwatch.GetTimestamp();
        var seed = first;
        do
        {
            try
            {
                await once(new Random(seed));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{SeedVariable}={seed}: {e.Message}", e);
            }
            seed++;
        }
        while (Stopwatch.GetElapsedTime(started) < budget);
        tell($"{seed - first} inputs");
    }

    /// <summary>The bytes with a few changes: flipped bits, other bytes, pieces cut out, doubled, zeroed or made of noise.</summary>
    public static byte[] Mutate(Random random, ReadOnlySpan<byte> bytes)
    {
        var result = bytes.ToArray();
        for (var changes = random.Next(1, 4); changes > 0 && result.Length > 0; changes--)
        {
            var at = random.Next(result.Length);
            var count = Math.Min(random.Next(1, random.Next(2) == 0 ? 5 : 200), result.Length - at);
            switch (random.Next(7))
            {
                case 0: result[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: result[at] = (byte)random.Next(256); break;
                case 2: result[at] = (byte)(random.Next(2) == 0 ? 0xff : 0x7f); break;
                case 3: result = [.. result[..at], .. result[(at + count)..]]; break;
                case 4: result = [.. result[..(at + count)], .. result[at..]]; break;
                case 5: result.AsSpan(at, count).Clear(); break;
                default: random.NextBytes(result.AsSpan(at, count)); break;
            }
        }
        return result;
    }

    /// <summary>The text with a few characters or pieces changed.</summary>
    public static string Mutate(Random random, string text)
    {
        var result = new System.Text.StringBuilder(text);
        for (var changes = random.Next(1, 5); changes > 0 && result.Length > 0; changes--)
        {
            var at = random.Next(result.Length);
            var count = Math.Min(random.Next(1, 20), result.Length - at);
            switch (random.Next(4))
            {
                case 0: result.Remove(at, count); break;
                case 1: result.Insert(at, result.ToString(at, count)); break;
                case 2: result.Insert(at, (char)random.Next(random.Next(4) == 0 ? 0xD7FF : 127)); break;
                default: result[at] = (char)random.Next(32, 127); break;
            }
        }
        return result.ToString();
    }

    private static TimeSpan? Read(string? text) => string.IsNullOrEmpty(text) ? null : double.Parse(text[..^1], CultureInfo.InvariantCulture) * text[^1] switch
    {
        's' => TimeSpan.FromSeconds(1),
        'm' => TimeSpan.FromMinutes(1),
        'h' => TimeSpan.FromHours(1),
        var unit => throw new FormatException($"a budget ends in s, m or h, not in '{unit}'"),
    };
}
