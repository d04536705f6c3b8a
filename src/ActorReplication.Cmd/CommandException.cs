namespace ActorReplication.Cmd;

/// <summary>The command did not succeed; the message is one line that says what to do.</summary>
internal sealed class CommandException(string message, int code = CommandException.Failed) : Exception(message)
{
    public const int Failed = 1;
    public const int Usage = 2;
    public int Code { get; } = code;
}
