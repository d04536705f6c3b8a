using System.Text;
using ActorReplication.Cmd.Backup;
using ActorReplication.Cmd.Cluster;
using ActorReplication.Cmd.Db;
using ActorReplication.Cmd.Election;
using ActorReplication.Cmd.Leader;
using ActorReplication.Cmd.Log;
using ActorReplication.Cmd.Member;
using ActorReplication.Cmd.Replication;
using ActorReplication.Cmd.Salvage;

namespace ActorReplication.Cmd;

/// <summary>All verbs, and the help made from them.</summary>
internal static class Palettes
{
    public static readonly IReadOnlyList<IVerb> Verbs =
    [
        new ClusterShow(),
        new ReplicationStatus(), new PolicyShow(), new PolicySet(),
        new LeaderShow(), new LeaderSwitchover(), new LeaderFailover(),
        new MemberList(), new MemberAdd(), new MemberRemove(), new MemberPromote(), new MemberDemote(), new MemberReinit(), new MemberTag(),
        new ElectionShow(),
        new BackupTake(), new BackupList(), new BackupVerify(), new ArchiveStatus(),
        new LogShow(), new LogPositions(), new LogVerify(),
        new DbCheck(), new DbRepair(),
        new SalvageList(), new SalvageShow(), new SalvageApply(), new SalvageDrop(),
    ];

    /// <summary>The verb whose name the words begin with; null if there is none.</summary>
    public static IVerb? Find(IReadOnlyList<string> words) =>
        Verbs.Where(v => v.Name.Split(' ') is var name && name.Length <= words.Count && name.SequenceEqual(words.Take(name.Length))).MaxBy(v => v.Name.Length);

    /// <param name="prefix">Words that the verbs shown must begin with; none: all.</param>
    public static string Help(IReadOnlyList<string> prefix)
    {
        var shown = Verbs.Where(v => v.Name.Split(' ') is var name && prefix.Count <= name.Length && prefix.SequenceEqual(name.Take(prefix.Count))).ToArray();
        if (shown.Length == 0) throw new CommandException($"no such command: {string.Join(' ', prefix)}. See: actorctl help", CommandException.Usage);
        var text = new StringBuilder("actorctl: what a cluster does, and what it should do\n\n");
        foreach (var verb in shown)
            text.Append("  actorctl ").Append($"{verb.Name} {verb.Options}".TrimEnd()).Append("\n      ").Append(verb.Purpose).Append('\n');
        return text.Append($"""

              --host HOST:PORT[,…]   HTTP port of any node, several are tried in turn ({Invocation.DefaultHost})
              --json                 the answer as JSON
              --yes                  do not ask
              help                   after a palette: its verbs only

            Exit codes: 0 done, 1 not done, 2 wrong command line.

            """).ToString();
    }
}
