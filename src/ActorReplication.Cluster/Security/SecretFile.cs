namespace ActorReplication.Cluster.Security;

/// <summary>Files whose content nobody else on the machine may read.</summary>
public static class SecretFile
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <exception cref="PemException">It is not there, or others may read or write it.</exception>
    public static void RequirePrivate(string file)
    {
        if (!File.Exists(file)) throw new PemException($"{file} is not there, or may not be read");
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & Others) != 0) throw new PemException($"{file} can be read by others than its owner: chmod 600 {file}");
    }

    /// <summary>The first line of a secret file.</summary>
    /// <exception cref="PemException">It cannot be read, is empty, or others may read or write it.</exception>
    public static string ReadLine(string file)
    {
        RequirePrivate(file);
        try
        {
            using var reader = new StreamReader(file);
            return reader.ReadLine()?.Trim() is { Length: > 0 } line ? line : throw new PemException($"{file} is empty: one line with the secret is expected");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PemException($"{file} cannot be read: {e.Message}", e);
        }
    }
}

/// <summary>A certificate, key or secret that cannot be used; the message says which file and what to do.</summary>
public sealed class PemException(string message, Exception? inner = null) : Exception(message, inner);
