using System.Text;
using ActorReplication.Cmd.Backup;
using ActorReplication.Cmd.Bench;
using ActorReplication.Cmd.Cert;
using ActorReplication.Cmd.Cluster;
using ActorReplication.Cmd.Config;
using ActorReplication.Cmd.Db;
using ActorReplication.Cmd.Election;
using ActorReplication.Cmd.Leader;
using ActorReplication.Cmd.Log;
using ActorReplication.Cmd.Member;
using ActorReplication.Cmd.Replication;
using ActorReplication.Cmd.Salvage;
using ActorReplication.Cmd.Session;
using ActorReplication.Cmd.Sql;
using ActorReplication.Cmd.User;

namespace ActorReplication.Cmd;

/// <summary>All verbs, and the help made from them.</summary>
internal static class Palettes
{
    public static readonly IReadOnlyList<IVerb> Verbs =
    [
        new ClusterShow(), new ClusterTopology(), new ClusterWatch(),
        new ReplicationStatus(), new PolicyShow(), new PolicySet(), new MethodShow(), new MethodSet(), FailoverSwitch.Pause, FailoverSwitch.Resume,
        new LeaderShow(), new LeaderSwitchover(), new LeaderFailover(), new LeaderWhatIf(), new LeaderDrill(),
        new MemberList(), new MemberAdd(), new MemberRemove(), new MemberPromote(), new MemberDemote(), new MemberReinit(), new MemberTag(),
        new ElectionShow(), new ElectionHistory(),
        new BackupTake(), new BackupList(), new BackupVerify(), new ArchiveStatus(),
        new LogShow(), new LogTail(), new LogPositions(), new LogVerify(),
        new DbCheck(), new DbRepair(),
        new UserList(),
        new UserChange("add", "NAME [RIGHT …] [--password-file FILE]", "Makes a role that may log in. Rights: reader, writer, replication, admin. Without a file it has no password yet.", true, Password.Optional),
        new UserChange("remove", "NAME", "Drops a role. Its open sessions lose their rights.", false, Password.None),
        new UserChange("grant", "NAME RIGHT …", "Gives a role rights: reader, writer (rows and schema), replication, admin.", true, Password.None),
        new UserChange("revoke", "NAME RIGHT …", "Takes rights from a role, at once.", true, Password.None),
        new UserChange("password", "NAME [--password-file FILE]", "Sets a role's password: from the file's first line, or asked for.", false, Password.Required),
        new CertCa(), new CertNode(), new CertUser(), new CertShow(),
        new SalvageList(), new SalvageShow(), new SalvageApply(), new SalvageDrop(),
        new SessionList(), new SessionEnd("cancel", "Ends what a session runs; the session goes on."), new SessionEnd("terminate", "Ends a session."),
        new ConfigShow(), new ConfigGet(), new ConfigSet(), new ConfigHistory(),
        new SqlRun(), new BenchRun(),
    ];

    /// <summary>What to say of words that are no command: the likely one is named.</summary>
    public static string NoSuch(IReadOnlyList<string> words)
    {
        var written = string.Join(' ', words);
        // As many of the words as the command has; the rest are its arguments.
        var best = Verbs.Select(v => v.Name).Select(name => (Name: name, As: string.Join(' ', words.Take(name.Split(' ').Length))))
            .Where(c => Nearest.To(c.As, [c.Name]) is not null).OrderBy(c => Nearest.Distance(c.As, c.Name)).ThenByDescending(c => c.Name.Length).Select(c => c.Name).FirstOrDefault();
        return $"no such command: {written}. {(best is null ? "See: actorctl help" : $"Is it {best}?")}";
    }

    /// <summary>The verb whose name the words begin with; null if there is none.</summary>
    public static IVerb? Find(IReadOnlyList<string> words) =>
        Verbs.Where(v => v.Name.Split(' ') is var name && name.Length <= words.Count && name.SequenceEqual(words.Take(name.Length))).MaxBy(v => v.Name.Length);

    /// <param name="prefix">Words that the verbs shown must begin with; none: all.</param>
    public static string Help(IReadOnlyList<string> prefix)
    {
        var shown = Verbs.Where(v => v.Name.Split(' ') is var name && prefix.Count <= name.Length && prefix.SequenceEqual(name.Take(prefix.Count))).ToArray();
        if (shown.Length == 0) throw new CommandException(NoSuch(prefix), CommandException.Usage);
        var text = new StringBuilder("actorctl: what a cluster does, and what it should do\n\n");
        foreach (var verb in shown)
            text.Append("  actorctl ").Append($"{verb.Name} {verb.Options}".TrimEnd()).Append("\n      ").Append(verb.Purpose).Append('\n');
        return text.Append($"""

              --host HOST:PORT[,…]   HTTP port of any node, several are tried in turn ({Invocation.DefaultHost})
              --token-file FILE      a file (0600) with the line of the nodes' http.token-file, where they ask for it
              --tls-ca FILE          HTTPS; the file (PEM) says whose certificates the nodes may have
              --json                 the answer as JSON
              --yes                  do not ask
              help                   after a palette: its verbs only

            Without a command: a shell, in which each line is one. It completes, and remembers (~/.actorctl_history).

            Exit codes: 0 done, 1 not done, 2 wrong command line.

            """).ToString();
    }
}
