using System.Text.Json;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Snapshots;
using ActorReplication.Storage.Tests.Support;
using ActorReplication.Tests;
using Xunit;
using Xunit.Abstractions;

namespace ActorReplication.Storage.Tests;

/// <summary>Manifests and plans with any damage: refused, with the file's name, before anything is done on their word.</summary>
public sealed class SmallFiles : IDisposable
{
    private readonly ITestOutputHelper _output;
    private readonly Pair _pair = new();
    private readonly string _target, _copy;
    private readonly SnapshotManifest _manifest;

    public SmallFiles(ITestOutputHelper output)
    {
        _output = output;
        _pair.Run("CREATE TABLE t (a INT)");
        (_copy, _target) = (_pair.Folder.File("received.db"), _pair.Folder.File("node.db"));
        _manifest = _pair.Leader.CopyTo(_copy, 0, CancellationToken.None);
        File.Copy(_copy, _target);
    }

    public void Dispose() => _pair.Dispose();

    [Fact]
    public void Any_manifest_is_read_or_refused()
    {
        var whole = ManifestFile.Encode(_manifest);
        Fuzzing.Run(_output.WriteLine, random =>
        {
            try
            {
                ManifestFile.Decode(Fuzzing.Mutate(random, whole));
            }
            catch (JsonException)
            {
                // The only way in which bad bytes may end.
            }
        });
    }

    [Theory]
    [InlineData("\"chunkBytes\": 1048576", "\"chunkBytes\": 2147483647")]
    [InlineData("\"config\": \"", "\"config\": \"*")]
    public void A_manifest_that_cannot_be_true_is_refused(string found, string forged)
    {
        var text = System.Text.Encoding.UTF8.GetString(ManifestFile.Encode(_manifest));
        Assert.Contains(found, text, StringComparison.Ordinal);
        Assert.Throws<JsonException>(() => ManifestFile.Decode(System.Text.Encoding.UTF8.GetBytes(text.Replace(found, forged, StringComparison.Ordinal))));
    }

    [Fact]
    public void Any_plan_of_an_install_is_the_one_that_was_written_or_refused()
    {
        SnapshotInstall.Prepare(_target, _copy, _manifest);
        var plan = _target + ".install";
        var whole = File.ReadAllBytes(plan);
        Fuzzing.Run(_output.WriteLine, random =>
        {
            File.WriteAllBytes(plan, Fuzzing.Mutate(random, whole));
            try
            {
                Assert.Equal((_manifest.Position.Term, _manifest.Position.Index), SnapshotInstall.Pending(_target) is { } at ? (at.Term, at.Index) : default);
                SnapshotInstall.SwapSteps(_target);
            }
            catch (StorageFailure e)
            {
                Assert.Contains(plan, e.Message, StringComparison.Ordinal);
            }
        });
    }

    [Fact]
    public void A_plan_that_an_older_program_left_behind_is_carried_out()
    {
        var plan = _target + ".install";
        File.WriteAllText(plan, JsonSerializer.Serialize(new { Version = 1, Copy = _copy, Manifest = Convert.ToBase64String(ManifestFile.Encode(_manifest)) }));
        Assert.Equal(_manifest.Position.Index, SnapshotInstall.Pending(_target)!.Value.Index);
        SnapshotInstall.Swap(_target);
        Assert.False(File.Exists(_copy));
    }
}
