namespace ActorReplication.Postgres.Backend;

internal static class ErrorMessages
{
    public static void ErrorResponse(this OutputBuffer output, PgError error) => Write(output, (byte)'E', error);

    public static void NoticeResponse(this OutputBuffer output, PgError notice) => Write(output, (byte)'N', notice);

    private static void Write(OutputBuffer output, byte type, PgError error)
    {
        var start = output.BeginMessage(type);
        Field(output, 'S', error.Severity);
        Field(output, 'V', error.Severity);
        Field(output, 'C', error.SqlState);
        Field(output, 'M', error.Message);
        Field(output, 'D', error.Detail);
        Field(output, 'H', error.Hint);
        if (error.Position > 0) Field(output, 'P', error.Position.ToString());
        Field(output, 'W', error.Where);
        Field(output, 's', error.Schema);
        Field(output, 't', error.Table);
        Field(output, 'c', error.Column);
        Field(output, 'n', error.Constraint);
        output.Byte(0);
        output.EndMessage(start);
    }

    private static void Field(OutputBuffer output, char code, string? value)
    {
        if (value is null) return;
        output.Byte((byte)code);
        output.CString(value);
    }
}
