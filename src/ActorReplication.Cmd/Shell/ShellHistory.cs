namespace ActorReplication.Cmd.Shell;

/// <summary>What is kept of the lines that were typed: the newest thousand, in a file of their owner's alone, and of lines that may hold a password nothing.</summary>
internal static class ShellHistory
{
    private const int Kept = 1000;
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <exception cref="IOException">Or UnauthorizedAccessException: it cannot be written.</exception>
    public static void Write(string file, IEnumerable<string> lines)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = Owner;
        using var stream = new FileStream(file, options);
        // One that an earlier version wrote, for all to read; before anything new is in it.
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(stream.SafeFileHandle, Owner);
        stream.SetLength(0);
        using var writer = new StreamWriter(stream);
        foreach (var line in lines.Where(l => !IsSecret(l)).TakeLast(Kept)) writer.WriteLine(line);
    }

    /// <summary>CREATE ROLE … PASSWORD, a verifier, or something said of either: rather a line too many than one too few.</summary>
    private static bool IsSecret(string line) => line.Contains("password", StringComparison.OrdinalIgnoreCase) || line.Contains("SCRAM-SHA-256", StringComparison.OrdinalIgnoreCase);
}
