namespace ActorReplication.Postgres.Dialect;

/// <summary>Command tags of the statements that the session carries out.</summary>
internal static class ControlTag
{
    public static string Of(ControlStatement control) => control switch
    {
        ControlStatement.Begin begin => begin.IsStart ? "START TRANSACTION" : "BEGIN",
        ControlStatement.Commit => "COMMIT",
        ControlStatement.Rollback or ControlStatement.RollbackTo => "ROLLBACK",
        ControlStatement.Savepoint => "SAVEPOINT",
        ControlStatement.Release => "RELEASE",
        ControlStatement.SetTransaction or ControlStatement.Set => "SET",
        ControlStatement.Reset or ControlStatement.ResetAll => "RESET",
        ControlStatement.Show or ControlStatement.ShowAll => "SHOW",
        ControlStatement.Discard discard => "DISCARD " + discard.What,
        ControlStatement.Deallocate deallocate => deallocate.Name is null ? "DEALLOCATE ALL" : "DEALLOCATE",
        ControlStatement.Prepare => "PREPARE",
        ControlStatement.Execute => "EXECUTE",
        ControlStatement.AlterSystem => "ALTER SYSTEM",
        ControlStatement.Declare => "DECLARE CURSOR",
        ControlStatement.Fetch fetch => fetch.IsMove ? "MOVE" : "FETCH",
        ControlStatement.CloseCursor => "CLOSE CURSOR",
        ControlStatement.Listen => "LISTEN",
        ControlStatement.Unlisten => "UNLISTEN",
        ControlStatement.Notify => "NOTIFY",
        ControlStatement.Copy => "COPY",
        ControlStatement.CreateRole => "CREATE ROLE",
        ControlStatement.AlterRole => "ALTER ROLE",
        ControlStatement.DropRoles => "DROP ROLE",
        ControlStatement.GrantRoles grant => grant.IsRevoke ? "REVOKE ROLE" : "GRANT ROLE",
        ControlStatement.GrantPrivileges grant => grant.IsRevoke ? "REVOKE" : "GRANT",
        ControlStatement.NoOperation none => none.Tag,
        _ => "",
    };
}
