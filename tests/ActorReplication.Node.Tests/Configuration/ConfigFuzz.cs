using ActorReplication.Cmd;
using ActorReplication.Node.CommandLine;
using ActorReplication.Tests;
using Xunit;
using Xunit.Abstractions;

namespace ActorReplication.Node.Tests.Configuration;

/// <summary>Configuration files that are too deep, and any command line: read, or refused with what is wrong in it.</summary>
public sealed class ConfigFuzz(ITestOutputHelper output)
{
    private static readonly string[] Words =
    [
        "cluster", "show", "leader", "member", "add", "n4", "--as", "learner", "--host", "127.0.0.1:1", "--json", "--yes", "--node", "log", "--from", "-1", "99999999999999999999", "sql", "user", "password", "--", "-", "", "=", "--x=", "--help", "help", "policy",
        "replication", "set", "--on-missing-acks", "degrade-after 10s", "salvage", "tag", "zone=b", "apply-delay=1h", "\u00e9", "\0", "backup", "take", "--to", "/x", "--rate", "config", "session", "[::1]:1", ":", "host:", "a,b,,c",
    ];

    [Theory]
    [InlineData("{")]
    [InlineData("[")]
    [InlineData("a { ")]
    [InlineData("a = [")]
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
