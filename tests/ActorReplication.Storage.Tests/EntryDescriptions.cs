using ActorReplication.Storage.Capture;
using ActorReplication.Storage.Tests.Support;
using Xunit;

namespace ActorReplication.Storage.Tests;

public sealed class EntryDescriptions
{
    [Fact]
    public void Each_change_is_told_with_its_key_and_images()
    {
        using var pair = new Pair();
        var ddl = EntryDescription.Describe(pair.Run("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b BLOB)"));
        Assert.Equal("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b BLOB)", Assert.Single(ddl).Sql);

        var insert = Assert.Single(EntryDescription.Describe(pair.Run("INSERT INTO t VALUES (7, 'x', x'ab')")));
        Assert.Equal(("insert", "t"), (insert.Operation, insert.Table));
        Assert.Equal(7L, Assert.Single(insert.Key));
        Assert.Contains("x", insert.After!.Values);
        Assert.Contains(new BlobText("ab"), insert.After.Values);

        var update = Assert.Single(EntryDescription.Describe(pair.Run("UPDATE t SET a = 'y' WHERE id = 7")));
        Assert.Equal("x", Assert.Single(update.Before!).Value);
        Assert.Equal("y", Assert.Single(update.After!).Value);

        var delete = Assert.Single(EntryDescription.Describe(pair.Run("DELETE FROM t")));
        Assert.Contains("y", delete.Before!.Values);
        Assert.Null(delete.After);
    }
}
