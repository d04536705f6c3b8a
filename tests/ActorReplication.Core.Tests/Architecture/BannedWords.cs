using System.Text.RegularExpressions;
using Xunit;

namespace ActorReplication.Core.Tests.Architecture;

/// <summary>What no source file under src may say.</summary>
public sealed partial class BannedWords
{
    private static readonly string[] Expressions =
    [
        @"\bNotImplementedException\b",
        @"\bTODO\b",
        @"\bFIXME\b",
        @"\bThread\.Sleep\b",
        @"\.Wait\(\)",
        @"\bTask\w*\.Result\b",
        @"[Tt]ask\)?\.Result\b",
        @"\basync void\b",
        @"catch\s*(\([^)]*\))?\s*\{\s*\}",
    ];

    public static TheoryData<string> Patterns() => [.. Expressions];

    [Theory, MemberData(nameof(Patterns))]
    public void No_source_file_contains(string pattern)
    {
        var banned = new Regex(pattern, RegexOptions.CultureInvariant);
        Assert.Empty(Repository.SourceFiles().SelectMany(file => Hits(file, banned)));
    }

    [Theory]
    [InlineData("task.Result", true)]
    [InlineData("Task.FromResult(1)", false)]
    [InlineData("reply.Result", false)]
    [InlineData("pingTask.Result;", true)]
    public void The_pattern_for_task_results_hits_what_it_should(string code, bool hits) =>
        Assert.Equal(hits, Expressions.Where(p => p.Contains("Result", StringComparison.Ordinal)).Any(p => Regex.IsMatch(code, p)));

    [Fact]
    public void The_search_finds_source_files() => Assert.True(Repository.SourceFiles().Count() > 20);

    /// <summary>Dedicated threads, which may block on their own primitives.</summary>
    private static readonly string[] MayBlock = ["ActorReplication.Journal/Segments/WorkThread.cs"];

    private static IEnumerable<string> Hits(string file, Regex banned)
    {
        var name = Path.GetRelativePath(Repository.Source, file).Replace('\\', '/');
        if (banned.ToString() == @"\.Wait\(\)" && MayBlock.Contains(name)) yield break;
        var text = CommentOrText().Replace(File.ReadAllText(file), m => m.Value.StartsWith("//", StringComparison.Ordinal) ? m.Value : "\"\"");
        foreach (Match match in banned.Matches(text))
            yield return $"{Path.GetRelativePath(Repository.Root, file)}:{text.AsSpan(0, match.Index).Count('\n') + 1}: {match.Value}";
    }

    /// <summary>Comments stay (they may not say TODO either); what a string says to a user is its own affair.</summary>
    [GeneratedRegex("//[^\n]*|\"(\\\\.|[^\"\\\\\n])*\"")]
    private static partial Regex CommentOrText();
}
