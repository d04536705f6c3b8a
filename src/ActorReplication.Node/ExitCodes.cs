using ActorReplication.Cluster;

namespace ActorReplication.Node;

/// <summary>What the process's exit code says. Documented in the README; scripts and systemd units rely on the numbers.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>Bad command line or configuration. Nothing was started.</summary>
    public const int Usage = 2;

    /// <summary>The data folder belongs to another node or cluster, is in use, is damaged, or has a newer format than this program can do. Nothing in it was changed.</summary>
    public const int DataRefused = 3;

    /// <summary>A port is taken. Nothing was started.</summary>
    public const int PortInUse = 4;

    /// <summary>A fault while running after which going on could lose data: a failed fsync, a broken invariant.</summary>
    public const int Fatal = 5;

    /// <summary>For what kept a node from starting; null: a fault while running.</summary>
    public static int Of(StartFailure? failure) => failure switch
    {
        StartFailure.PortInUse => PortInUse,
        StartFailure.Configuration => Usage,
        StartFailure.DataFolder => DataRefused,
        _ => Fatal,
    };
}

/// <summary>Ends the process with a code and one line that says what to do.</summary>
internal sealed class ExitException(int code, string message) : Exception(message)
{
    public int Code { get; } = code;
}
