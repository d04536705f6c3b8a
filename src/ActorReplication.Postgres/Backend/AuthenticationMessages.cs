namespace ActorReplication.Postgres.Backend;

/// <summary>What the server says while a client shows who it is.</summary>
internal static class AuthenticationMessages
{
    public static void AuthenticationSasl(this OutputBuffer output, IReadOnlyList<string> mechanisms)
    {
        var start = output.BeginMessage((byte)'R');
        output.Int32(10);
        foreach (var mechanism in mechanisms) output.CString(mechanism);
        output.Byte(0);
        output.EndMessage(start);
    }

    public static void AuthenticationSaslContinue(this OutputBuffer output, string message) => Write(output, 11, message);

    public static void AuthenticationSaslFinal(this OutputBuffer output, string message) => Write(output, 12, message);

    private static void Write(OutputBuffer output, int code, string message)
    {
        var start = output.BeginMessage((byte)'R');
        output.Int32(code);
        output.Bytes(System.Text.Encoding.UTF8.GetBytes(message));
        output.EndMessage(start);
    }
}
