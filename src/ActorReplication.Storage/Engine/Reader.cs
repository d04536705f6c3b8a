namespace ActorReplication.Storage.Engine;

/// <summary>One reading connection, opened at its first use.</summary>
internal sealed class Reader(DatabaseOptions options, ReaderPool pool) : IReader
{
    private Connection? connection;
    private Statement? begin, commit, pin;
    private bool inSnapshot;
    private int rented;

    internal void Rent()
    {
        rented = 1;
        connection ??= pool.Open(options);
    }

    public SqlOutcome Execute(SqlCall call, long deadline, ICancelHandle? cancel)
    {
        var own = Own;
        if (call.Auxiliary is { } auxiliary && own.FillAuxiliary(auxiliary) is { } unfilled)
            return new SqlOutcome(unfilled, 0, 0, true);
        if (own.Prepare(call.Sql, out var failure) is not { } statement)
            return new SqlOutcome(failure, 0, 0, false);
        if (!statement.ReadOnly)
            return new SqlOutcome(WouldWrite, 0, 0, false);
        return own.Run(statement, call, deadline, cancel);
    }

    private static SqlFailure WouldWrite { get; } = new(8, "cannot write on a connection that only reads", Kind: FailureKind.WouldWrite);

    public void BeginSnapshot()
    {
        if (inSnapshot)
            throw new InvalidOperationException("a snapshot is open already");
        begin ??= Own.PrepareInternal("BEGIN");
        pin ??= Own.PrepareInternal("SELECT 1 FROM public.sqlite_schema LIMIT 1");
        Own.StepInternal(begin);
        inSnapshot = true;
        // BEGIN alone pins nothing: the first read does.
        if (Own.StepInternal(pin))
            Connection.Reset(pin);
    }

    public void EndSnapshot()
    {
        if (!inSnapshot)
            throw new InvalidOperationException("no snapshot is open");
        Unpin(Own);
    }

    private void Unpin(Connection own)
    {
        commit ??= own.PrepareInternal("COMMIT");
        own.StepInternal(commit);
        inSnapshot = false;
    }

    public long NewestNotice => NoticeTable.Newest(Own);

    public IReadOnlyList<Notice> NoticesAfter(long number, int most) => NoticeTable.After(Own, number, most);

    public StatementShape Describe(string sql, IReadOnlyList<AuxiliaryTable>? auxiliary = null)
    {
        var own = Own;
        if (auxiliary is not null && own.FillAuxiliary(auxiliary) is { } unfilled)
            return new StatementShape(unfilled, 0, [], true);
        if (own.Prepare(sql, out var failure) is not { } statement)
            return new StatementShape(failure, 0, [], false);
        var columns = new ColumnShape[statement.Count];
        for (var i = 0; i < columns.Length; i++)
            columns[i] = statement.Shape(i);
        return new StatementShape(null, statement.Parameters, columns, statement.ReadOnly);
    }

    private Connection Own => Volatile.Read(ref rented) == 1 ? connection! : throw new ObjectDisposedException(nameof(IReader), "the reader was given back");

    public void Dispose()
    {
        if (Interlocked.Exchange(ref rented, 0) == 0)
            return;
        if (inSnapshot)
            Unpin(connection!);
        pool.Return(this);
    }

    internal void Close()
    {
        begin?.FinalizeHandle();
        commit?.FinalizeHandle();
        pin?.FinalizeHandle();
        connection?.Dispose();
        connection = null;
    }
}
