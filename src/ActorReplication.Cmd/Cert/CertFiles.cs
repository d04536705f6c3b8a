using System.Globalization;
using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Cert;

internal static class CertFiles
{
    private const int MostDays = 36_500;

    public static int Days(Invocation invocation, int otherwise)
    {
        if (invocation.Option("days") is not { } text) return otherwise;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days is >= 1 and <= MostDays ? days : throw new CommandException($"--days {text}: 1 to {MostDays} is expected", CommandException.Usage);
    }

    /// <summary>NAME.crt and NAME.key; neither may be there already.</summary>
    public static JsonObject Write(string folder, string name, string certificate, string key)
    {
        var (certificateFile, keyFile) = (Path.Combine(folder, name + ".crt"), Path.Combine(folder, name + ".key"));
        if (File.Exists(certificateFile) || File.Exists(keyFile)) throw new CommandException($"{certificateFile} or {keyFile} is there already: take another --out, and replace the files when the new ones are in order");
        Directory.CreateDirectory(folder);
        Secrets.WriteNew(keyFile, key);
        File.WriteAllText(certificateFile, certificate);
        return new JsonObject { ["certificate"] = certificateFile, ["key"] = keyFile };
    }
}
