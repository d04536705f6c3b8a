using ActorReplication.Journal.Segments;
using Akka.Configuration;

namespace ActorReplication.Journal.Plugin;

/// <summary>The journal's HOCON section, read and checked.</summary>
internal sealed record SegmentJournalSettings(SegmentLogOptions Log, TimeSpan MarkerInterval)
{
    /// <exception cref="ConfigurationException">A value is missing or out of range; the message names the key.</exception>
    public static SegmentJournalSettings Read(Config config)
    {
        var directory = config.GetString("directory", "");
        if (string.IsNullOrWhiteSpace(directory))
            throw new ConfigurationException("segment journal: 'directory' is required");

        var options = new SegmentLogOptions(directory)
        {
            Node = ReadGuid(config, "node-id"),
            Cluster = ReadGuid(config, "cluster-id"),
            SegmentBytes = ReadBytes(config, "segment-bytes", SegmentLogOptions.MinSegmentBytes, SegmentLogOptions.MaxSegmentBytes),
            FillAheadBytes = ReadBytes(config, "fill-ahead", 0, SegmentLogOptions.MaxSegmentBytes),
            MaxBatchBytes = ReadBytes(config, "max-batch", 1, SegmentLogOptions.MaxSegmentBytes),
        };
        var interval = config.GetTimeSpan("marker-interval");
        if (interval <= TimeSpan.Zero)
            throw new ConfigurationException($"segment journal: 'marker-interval' must be positive, is {interval}");
        return new SegmentJournalSettings(options, interval);
    }

    /// <summary>Opens the log that a section describes.</summary>
    /// <exception cref="JournalException">It cannot be opened, or a setting is wrong.</exception>
    public static (SegmentLog Log, TimeSpan MarkerInterval) Open(Config section, ISystemCalls calls)
    {
        try
        {
            var settings = Read(section);
            return (SegmentLog.Open(settings.Log, calls), settings.MarkerInterval);
        }
        catch (ConfigurationException e)
        {
            throw new JournalException(new JournalFailed(SegmentJournal.Identifier, 0, "configuration", e.Message));
        }
    }

    private static Guid ReadGuid(Config config, string key)
    {
        var text = config.GetString(key, "");
        if (string.IsNullOrWhiteSpace(text))
            return Guid.Empty;
        return Guid.TryParse(text, out var id) ? id : throw new ConfigurationException($"segment journal: '{key}' must be a GUID, is '{text}'");
    }

    private static long ReadBytes(Config config, string key, long min, long max)
    {
        var bytes = config.GetByteSize(key, null) ?? throw new ConfigurationException($"segment journal: '{key}' must be a size");
        return bytes >= min && bytes <= max
            ? bytes
            : throw new ConfigurationException($"segment journal: '{key}' must be from {min} to {max} bytes, is {bytes}");
    }
}

/// <summary>Puts other system calls under the journals of an actor system: how tests make a disk fail.</summary>
internal sealed class SystemCallsSetup(ISystemCalls calls) : Akka.Actor.Setup.Setup
{
    public ISystemCalls Calls { get; } = calls;
}
