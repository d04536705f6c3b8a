namespace ActorReplication.Cmd;

/// <summary>Files that nobody else on the machine may read.</summary>
internal static class Secrets
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static void RequirePrivate(string file)
    {
        if (!File.Exists(file)) throw new CommandException($"{file} is not there");
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & ~(Owner | UnixFileMode.UserExecute)) != 0) throw new CommandException($"{file} can be read by others than its owner: chmod 600 {file}");
    }

    /// <summary>Writes a file that is its owner's alone from its first moment on; one that is there is an error.</summary>
    public static void WriteNew(string file, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = Owner;
        try
        {
            using var writer = new StreamWriter(file, options);
            writer.Write(text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{file} cannot be written: {e.Message}");
        }
    }
}
