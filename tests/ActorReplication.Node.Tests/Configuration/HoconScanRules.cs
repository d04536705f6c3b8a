using ActorReplication.Node.Configuration;
using Xunit;

namespace ActorReplication.Node.Tests.Configuration;

/// <summary>What Akka's parser must not be given, since it does not come back from it or lets it pass in silence.</summary>
public sealed class HoconScanRules
{
    [Theory]
    [InlineData("a = 1\nb = [1, 2\n", 2, "[ of this line is never closed")]
    [InlineData("a = [\"x = [\"y\"]\n", 1, "\" of this line is not closed")]
    [InlineData("a = [1, }\n]", 1, "} in a list")]
    [InlineData("a = [1,\n x = 2]", 2, "= in a value")]
    [InlineData("a = [\n^]", 2, "^ in a list")]
    [InlineData("a = [$]", 1, "$ in a list")]
    [InlineData("a = [#", 1, "never closed")]
    [InlineData("a = [ =", 1, "= in a value")]
    [InlineData("a = \"x\nb = \"y\"", 1, "\" of this line is not closed")]
    [InlineData("a = 1\nb = \"\"\"x\n", 2, "\"\"\" of this line is never closed")]
    [InlineData("a {\n b = 1\n", 1, "{ of this line is never closed")]
    [InlineData("a = 1\n}\nb = 2", 2, "a } without its {")]
    [InlineData("a = ${b", 1, "after ${")]
    [InlineData("a = ${?b}", 1, "after ${")]
    [InlineData("a = ${b c}", 1, "after ${")]
    [InlineData("a = ${}", 1, "after ${")]
    [InlineData("a\nb = 1", 1, "key a is not followed by")]
    [InlineData("a = 1\n\"b\" c = 1", 2, "key b is not followed by")]
    [InlineData("a = 1\nb", 2, "key b is not followed by")]
    [InlineData("a = 1\nb =\n", 2, "key b has no value")]
    [InlineData("a { b = }", 1, "key a.b has no value")]
    [InlineData("a.", 1, "ends with a dot")]
    [InlineData("a..b = 1", 1, ". where a key should be")]
    [InlineData("a.include \"x\"", 1, "key include is not followed by")]
    [InlineData("\"\\u0061\" = ${a}", 1, "\\ in a name")]
    [InlineData("a = ${.a}", 1, "after ${")]
    [InlineData("a = 1\n= 5", 2, "= where a key should be")]
    [InlineData("a { b = 1 }, c = 1", 1, ", where a key should be")]
    public void What_is_wrong_is_told_with_its_line(string text, int line, string problem)
    {
        var scan = HoconScan.Of(text, "x");
        Assert.Equal(line, scan.Problem?.Line);
        Assert.Contains(problem, scan.Problem?.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a = 1, b = 2\nc.d { e : [x, [y z], {f = 1}], \"g.h\" = \"q\\\"#\" } # }\n// {", "a b c c.d c.d.e c.d.e.f c.d.g.h")]
    [InlineData("a = /tmp/x#y\nb = \"\"\"x\n}\"\"\"\nc = [ ]\nd\n{ e = ${a}/z ${b} }", "a b c d d.e")]
    [InlineData("", "")]
    [InlineData("# only that", "")]
    public void Each_key_is_found(string text, string keys)
    {
        var scan = HoconScan.Of(text, "x");
        Assert.Null(scan.Problem);
        Assert.Equal(keys, string.Join(' ', scan.Keys.Select(k => k.Path)));
    }

    [Fact]
    public void Lines_are_counted_through_comments_and_long_texts() =>
        Assert.Equal([2, 5], HoconScan.Of("# a = 1\na = \"\"\"x\ny\n\"\"\"\nb = 1", "x").Keys.Select(k => k.Line));

    [Theory]
    [InlineData("a = ${a}", "refers to itself")]
    [InlineData("a = ${b}\nb = ${a}", "refers to itself")]
    [InlineData("a = ${b.x}\nb { y = ${a} }", null)]
    [InlineData("a { x = ${b} }\nb { y = ${a} }", "refers to itself")]
    [InlineData("b { y = [1, ${a.z}] }\na = ${b}", "refers to itself")]
    [InlineData("a = ${b}\nb = ${c}\nc = 1", null)]
    [InlineData("a = ${b}${b}${b}${b}\nb = ${c}${c}${c}${c}\nc = ${d}${d}${d}${d}\nd = ${e}${e}${e}${e}\ne = ${f}${f}${f}${f}\nf = ${g}${g}${g}${g}\ng = ${h}${h}${h}${h}\nh = ${i}${i}\ni = 1", "makes it more than")]
    public void Substitutions_end(string text, string? problem)
    {
        var found = SubstitutionCheck.Find(HoconScan.Of(text, "x").Substitutions);
        if (problem is null) Assert.Null(found);
        else Assert.Contains(problem, found?.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("name = ${name}", "node.conf:1")]
    [InlineData("include \"node.conf\"\ninclude \"node.conf\"", "includes itself")]
    [InlineData("akka { a { include \"other.conf\" } }", "other.conf:1")]
    [InlineData("akka { a { include \"substitution.conf\" } }", "substitution.conf:2: akka.a.b: ${…} is understood")]
    [InlineData("include \"twice.conf\"", "more than 64 includes")]
    [InlineData("include \"long.conf\"", "long.conf: 300000 characters")]
    public void The_loader_tells_it_with_file_and_line(string text, string expected)
    {
        using var folder = new ConfigFolder();
        folder.Write("other.conf", "x = [");
        folder.Write("substitution.conf", "c = 1\nb = ${c}");
        folder.Write("twice.conf", "include \"twice-0.conf\"");
        for (var i = 0; i < 10; i++) folder.Write($"twice-{i}.conf", i == 9 ? "" : $"include \"twice-{i + 1}.conf\"\ninclude \"twice-{i + 1}.conf\"");
        folder.Write("long.conf", new string('#', 300_000));
        Assert.Contains(folder.Load(text).Errors, e => e.ToString().Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_said_in_the_akka_section_reaches_akka_as_it_was_said()
    {
        using var folder = new ConfigFolder();
        const string Said = "q\"u\\o [te]";
        var result = folder.Load(ConfigFolder.Minimal + "akka { x = \"\"\"" + Said + "\ny\"\"\", l = [\"a]\", b], \"k.k\" { d = 1s } }\n");
        Assert.Empty(result.Errors);
        var read = Akka.Configuration.ConfigurationFactory.ParseString(result.Settings!.AkkaSection);
        Assert.Equal(Said + "\ny", read.GetString("akka.x"));
        Assert.Equal(["a]", "b"], read.GetStringList("akka.l"));
    }
}
