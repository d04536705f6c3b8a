using System.Reflection;

namespace ActorReplication.Node.CommandLine;

internal static class Usage
{
    public static string Version => typeof(Usage).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    public const string Text = """
        actor-replication: a replicated SQL database that speaks PostgreSQL's protocol.

          actor-replication dev [options]          three nodes on this machine, to try it out
            --data FOLDER        where they keep their data          (./data)
            --nodes N            how many, 1 to 9                    (3)
            --pg-port PORT       SQL port of the first               (5441)
            --http-port PORT     HTTP port of the first              (8441)
            --akka-port PORT     port between nodes, of the first    (2551)
            --policy POLICY      async, semi-sync, quorum, sync, or PostgreSQL's spelling, at the first start (quorum)
            --method METHOD      how changes travel: row, statement, mixed, page, at the first start (row)
            --respawn            start a node again when it dies

          actor-replication start --config FILE    one node, configured by a HOCON file (see hocon/node.conf)
            --check              only check the configuration, name each wrong key and its line

          actor-replication restore --backup FOLDER --config FILE
                                                   a backup becomes the first node of a new cluster, in the configuration's empty node.data
            --backup FOLDER      a backup, or a folder of them: then the newest that is not later than the target
            --archive FOLDER     archive.directory of the backup's cluster: what was committed after the backup
            --to-latest          all that is in the archive (the default with --archive)
            --to-time TIME       up to the first entry that is later, as 2026-03-01T12:00:00Z
            --to-position INDEX  up to this log entry
            --check              only verify backup and archive, and look at the folder

          actor-replication version
          actor-replication help

        Exit codes: 0 stopped as asked, 2 wrong command line or configuration, 3 data folder refused,
        4 port in use, 5 fatal fault while running (a failed fsync, a broken invariant).
        """;
}
