namespace ActorReplication.Cluster.Backups;

/// <summary>A backup, an archive or a folder to restore into is not what it has to be. The message names the file and what to do; nothing was changed.</summary>
public sealed class BackupException(string message, Exception? inner = null) : Exception(message, inner);
