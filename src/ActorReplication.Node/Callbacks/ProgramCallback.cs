using System.ComponentModel;
using System.Diagnostics;

namespace ActorReplication.Node.Callbacks;

/// <summary>Runs a program, without a shell: <c>PROGRAM on_role_change primary CLUSTER</c>. Node, term and leader are in its environment.</summary>
internal sealed class ProgramCallback(string program) : ICallback
{
    public string Name => program;

    public async Task CallAsync(RoleEvent what, CancellationToken cancellation)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, [what.Event, what.Role, what.Cluster])
            {
                RedirectStandardInput = true,
                Environment =
                {
                    ["ACTOR_REPLICATION_NODE"] = what.Node,
                    ["ACTOR_REPLICATION_TERM"] = what.Term.ToString(System.Globalization.CultureInfo.InvariantCulture),
                    ["ACTOR_REPLICATION_LEADER"] = what.Leader ?? "",
                },
            },
        };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException($"it cannot be run: {e.Message}; callbacks.program names a file that this node's user may execute", e);
        }
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        if (process.ExitCode != 0) throw new InvalidOperationException($"it ended with code {process.ExitCode}");
    }
}
