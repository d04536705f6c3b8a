using System.Runtime;
using ActorReplication.Cmd;
using ActorReplication.Node.CommandLine;
using ActorReplication.Tests;
using Xunit;
using Xunit.Abstractions;

namespace ActorReplication.Node.Tests.Configuration;

/// <summary>Any configuration file and any command line: read, or refused with what is wrong in it.</summary>
public sealed class ConfigFuzz(ITestOutputHelper output)
{
    private static readonly string[] Words =
    [
        "cluster", "show", "leader", "member", "add", "n4", "--as", "learner", "--host", "127.0.0.1:1", "--json", "--yes", "--node", "log", "--from", "-1", "99999999999999999999", "sql", "user", "password", "--", "-", "", "=", "--x=", "--help", "help", "policy",
        "replication", "set", "--on-missing-acks", "degrade-after 10s", "salvage", "tag", "zone=b", "apply-delay=1h", "\u00e9", "\0", "backup", "take", "--to", "/x", "--rate", "config", "session", "[::1]:1", ":", "host:", "a,b,,c",
    ];

    private static readonly string[] Pieces =
    [
        "[", "]", "{", "}", "\"", "\"\"\"", "${", "${a}", "${a.b}", "a", "b", "a.b", "=", ":", ",", ".", "include \"node.conf\"", "include \"other.conf\"", "include", "#", "//", "/", "\n", " ", "`", "^", "\\", "\\u12", "?", "$", "null", "akka", "&",
    ];

    [Fact]
    public void Any_file_is_read_or_refused()
    {
        using var folder = new ConfigFolder();
        var shipped = File.ReadAllText(Path.Combine(Repository.Root, "hocon", "node.conf"));
        Fuzzing.Run(output.WriteLine, random =>
        {
            var text = random.Next(3) switch { 0 => Soup(random), 1 => Fuzzing.Mutate(random, ConfigFolder.Minimal), _ => Fuzzing.Mutate(random, shipped) };
            folder.Write("other.conf", Soup(random));
            var result = WithinReason(text, () => folder.Load(text));
            Assert.True(result.Settings is not null || result.Errors.Count > 0);
            Assert.All(result.Errors, e => Assert.NotEmpty(e.Message));
        });
    }

    private static string Soup(Random random) => string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => Pieces[random.Next(Pieces.Length)]));

    /// <summary>Ends what does not end by itself, before it has taken all memory there is.</summary>
    private static T WithinReason<T>(string text, Func<T> work)
    {
        const long MostMemory = 1L << 30;
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var most = GC.GetTotalMemory(false) + MostMemory;
        using var watch = new Timer(_ =>
        {
            if (GC.GetTotalMemory(false) > most) stop.Cancel();
        }, null, 20, 20);
        T? result = default;
        try
        {
#pragma warning disable SYSLIB0046
            ControlledExecution.Run(() => result = work(), stop.Token);
#pragma warning restore SYSLIB0046
        }
        catch (OperationCanceledException)
        {
            throw new InvalidOperationException("does not come to an end: " + text);
        }
        return result!;
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[")]
    [InlineData("a { ")]
    [InlineData("a = [")]
    [InlineData("a.")]
    public void A_file_that_is_deeper_than_any_configuration_is_refused(string opening)
    {
        using var folder = new ConfigFolder();
        var closing = opening.Contains('{', StringComparison.Ordinal) ? "}" : "]";
        var result = folder.Load(ConfigFolder.Minimal + "akka { x = " + string.Concat(Enumerable.Repeat(opening, 20_000)) + string.Concat(Enumerable.Repeat(closing, 20_000)) + " }\n");
        Assert.NotEmpty(result.Errors);
    }

    [Fact]
    public void Any_command_line_is_taken_or_refused() => Fuzzing.Run(output.WriteLine, random =>
    {
        string[] words = [.. Enumerable.Range(0, random.Next(8)).Select(_ => random.Next(4) == 0 ? Fuzzing.Mutate(random, Words[random.Next(Words.Length)]) : Words[random.Next(Words.Length)])];
        try
        {
            var invocation = Invocation.Parse(words);
            if (Palettes.Find(invocation.Words) is { } verb) invocation.SuggestFor(verb);
            else Assert.NotEmpty(Palettes.NoSuch(invocation.Words));
        }
        catch (CommandException e)
        {
            Assert.NotEmpty(e.Message);
        }
        try
        {
            var arguments = new Arguments("start", words, "check", "watch-stdin");
            arguments.Flag("check");
            arguments.Number("port", 1, 1, 65535);
            arguments.Text("config");
            arguments.RejectRest();
        }
        catch (ExitException e)
        {
            Assert.Equal(ExitCodes.Usage, e.Code);
        }
    });
}
