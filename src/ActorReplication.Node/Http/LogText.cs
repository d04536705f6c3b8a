using System.Text.Json;
using ActorReplication.Core;
using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using ActorReplication.Node.Configuration;
using ActorReplication.Storage.Capture;

namespace ActorReplication.Node.Http;

/// <summary>Log entries as JSON: <c>{"entries": […], "next": index or null}</c>.</summary>
internal static class LogText
{
    private const int ShownChanges = 10, FullChanges = 10_000;
    private const int ShownText = 200;

    /// <param name="full">Texts whole, and up to ten thousand changes of an entry.</param>
    /// <param name="last">The last entry that was asked for; if the answer ends before it, it says from where to ask again.</param>
    public static ReadOnlyMemory<byte> Write(IReadOnlyList<LogEntry> entries, SchemaNames names, bool full, LogIndex last)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("entries");
            foreach (var entry in entries) Write(json, entry, names, full);
            json.WriteEndArray();
            if (entries.Count > 0 && entries[^1].Index < last) json.WriteNumber("next", entries[^1].Index.Value + 1);
            else json.WriteNull("next");
            json.WriteEndObject();
        }
        return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
    }

    private static void Write(Utf8JsonWriter json, LogEntry entry, SchemaNames names, bool full)
    {
        json.WriteStartObject();
        json.WriteNumber("index", entry.Index.Value);
        json.WriteNumber("term", entry.Term.Value);
        json.WriteString("kind", entry.Kind.ToString().ToLowerInvariant());
        json.WriteNumber("bytes", entry.Payload.Length);
        if (entry.Config is { } config) WriteConfig(json, config);
        if (entry.Kind == EntryKind.Data) WriteData(json, entry.Payload, names, full);
        json.WriteEndObject();
    }

    private static void WriteConfig(Utf8JsonWriter json, ClusterConfig config)
    {
        json.WriteStartObject("config");
        json.WriteString("policy", PolicyText.Name(config.Policy) + (config.JointWith is null ? "" : " (a change is under way)"));
        json.WriteStartArray("members");
        foreach (var member in config.Members.Values) json.WriteStringValue(member.Kind == MemberKind.Voter ? member.Id.Name : $"{member.Id} ({member.Kind.ToString().ToLowerInvariant()})");
        json.WriteEndArray();
        json.WriteStartObject("settings");
        foreach (var (name, value) in config.Settings) json.WriteString(name, Gateway.RoleText.Shown(name, value));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteData(Utf8JsonWriter json, ReadOnlyMemory<byte> payload, SchemaNames names, bool full)
    {
        try
        {
            var method = EntryMethod.Of(payload);
            json.WriteString("method", method.Name);
            json.WriteStartArray("reasons");
            foreach (var reason in method.Reasons) json.WriteStringValue(reason);
            json.WriteEndArray();
            if (method.At is { } at) json.WriteString("at", at);
            if (method.Name == "unknown") return;
            var most = full ? FullChanges : ShownChanges;
            var changes = EntryDescription.Describe(payload, names, most + 1);
            json.WriteStartArray("changes");
            foreach (var change in changes.Take(most)) ChangeText.Write(json, change, full ? int.MaxValue : ShownText);
            json.WriteEndArray();
            json.WriteBoolean("more", changes.Count > most);
        }
        catch (InvalidDataException bad)
        {
            json.WriteString("problem", bad.Message);
        }
    }
}
