namespace ActorReplication.MultiNode.Tests.Wire;

/// <summary>The bytes of format versions 2 and 3, kept as files: what an earlier build wrote must be read, and written, the same.</summary>
public class LogCodecGoldenFiles
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Wire", "Golden");

    public static TheoryData<string> Names => Encodings.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Encoding_is_the_golden_file(string name) =>
        Assert.Equal(Golden(name), Convert.ToHexStringLower(Encodings.Named(name).Bytes));

    [Theory]
    [MemberData(nameof(Names))]
    public void Golden_file_decodes_to_the_sample(string name)
    {
        var encoding = Encodings.Named(name);

        Assert.Equal(Structure.Of(encoding.Value), Structure.Of(encoding.Decode(Convert.FromHexString(Golden(name)))));
    }

    [Fact]
    public void Every_golden_file_has_its_sample() =>
        Assert.Equal(
            Encodings.All.Select(e => e.Name).Order(StringComparer.Ordinal),
            Directory.GetFiles(Folder, "*.hex").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal));

    private static string Golden(string name)
    {
        var file = Path.Combine(Folder, name + ".hex");
        Assert.True(File.Exists(file), $"No golden file {name}.hex; the encoding is {Convert.ToHexStringLower(Encodings.Named(name).Bytes)}");
        return File.ReadAllText(file).Trim();
    }
}
