using ActorReplication.Cluster.Writes;
using ActorReplication.Core;
using ActorReplication.Core.Log;
using ActorReplication.Storage.Engine;

namespace ActorReplication.MultiNode.Tests.Harness;

/// <summary>A gate that leads, for transactions that are open beside each other.</summary>
public abstract class OpenWrites : GateFixture
{
    private long _last;

    /// <summary>While it waited, or while it ran.</summary>
    private protected static bool IsStopped((WriteStatus Status, SqlOutcome Outcome) answer) =>
        answer.Status == WriteStatus.Cancelled || answer.Outcome.Failure is { Kind: FailureKind.Cancelled or FailureKind.TimedOut };

    private protected async Task Serve(params string[] statements)
    {
        Gate.OnServing(new Term(1));
        foreach (var sql in statements) await Written(sql);
    }

    /// <summary>A statement of its own, committed.</summary>
    private protected async Task Written(string sql)
    {
        var write = Run(sql);
        await Accept();
        Assert.Equal(WriteStatus.Committed, (await write.WaitAsync(Patience)).Status);
    }

    private protected async Task Accept()
    {
        var proposal = await Proposals.Next();
        var first = _last + 1;
        _last += proposal.Payloads.Count;
        Gate.OnAccepted(proposal.Id, new LogRange(new LogIndex(first), new LogIndex(_last)));
        Gate.OnCommit(new LogIndex(_last));
    }

    private protected static Task<(WriteStatus Status, SqlOutcome Outcome)> Start(IInteractiveWrite transaction, string sql) =>
        transaction.ExecuteAsync(new SqlCall(sql), long.MaxValue, null).AsTask();

    private protected static async Task Do(IInteractiveWrite transaction, string sql)
    {
        var (status, outcome) = await Start(transaction, sql).WaitAsync(Patience);
        Assert.Equal(WriteStatus.Committed, status);
        Assert.Null(outcome.Failure);
    }

    private protected async Task Commit(IInteractiveWrite transaction)
    {
        var commit = transaction.CommitAsync(AckLevel.Committed).AsTask();
        await Accept();
        Assert.Equal(WriteStatus.Committed, (await commit.WaitAsync(Patience)).Status);
        await transaction.DisposeAsync();
    }

    private protected static async Task<string> Rows(IInteractiveWrite transaction, string sql = "SELECT a, b FROM t ORDER BY a")
    {
        var rows = new Gathered();
        var (status, outcome) = await transaction.ExecuteAsync(new SqlCall(sql, Rows: rows), long.MaxValue, null).AsTask().WaitAsync(Patience);
        Assert.Equal(WriteStatus.Committed, status);
        Assert.Null(outcome.Failure);
        return rows.Text;
    }

    private protected string Read(string sql = "SELECT a, b FROM t ORDER BY a")
    {
        var rows = new Gathered();
        using var reader = Holder.Current.TryRentReader()!;
        Assert.Null(reader.Execute(new SqlCall(sql, Rows: rows), long.MaxValue, null).Failure);
        return rows.Text;
    }

    private protected sealed class Gathered : IRowConsumer
    {
        private readonly List<string> _rows = [];
        public string Text => string.Join(' ', _rows);
        public void Start(IRowReader columns) => _rows.Clear();

        public void Row(IRowReader row) =>
            _rows.Add(string.Join('|', Enumerable.Range(0, row.Count).Select(i => row.Kind(i) == ValueKind.Null ? "" : System.Text.Encoding.UTF8.GetString(row.Text(i)))));
    }

    private protected sealed class Stop : ICancelHandle
    {
        private volatile bool _cancelled;
        public bool IsCancelled => _cancelled;
        public void Cancel() => _cancelled = true;
    }
}
