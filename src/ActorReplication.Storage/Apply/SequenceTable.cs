using System.Text;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Storage.Apply;

/// <summary>SQLite's own table of AUTOINCREMENT counters, which no hook reports.</summary>
internal sealed class SequenceTable(Connection connection)
{
    private Statement? read, update, insert, delete;

    /// <summary>Null when the table has no counter yet.</summary>
    internal long? Read(byte[] table)
    {
        read ??= connection.PrepareInternal("SELECT seq FROM public.sqlite_sequence WHERE name = ?1");
        read.Text(1, table);
        if (!connection.StepInternal(read))
            return null;
        long? value = read.Kind(0) == ValueKind.Null ? null : read.Int64(0);
        Connection.Reset(read);
        return value;
    }

    /// <summary>Brings a counter to a value. Returns what was wrong with it before: ahead of both values that the payload knows.</summary>
    internal string? Set(string table, PayloadValue before, PayloadValue after)
    {
        var name = Encoding.UTF8.GetBytes(table);
        var found = Read(name);
        long? wanted = after.Kind == ValueKind.Null ? null : after.Bits;
        long? old = before.Kind == ValueKind.Null ? null : before.Bits;
        if (found == wanted)
            return null;
        if (wanted is not { } value)
        {
            delete ??= connection.PrepareInternal("DELETE FROM public.sqlite_sequence WHERE name = ?1");
            delete.Text(1, name);
            connection.StepInternal(delete);
        }
        else
        {
            Write(name, found is null, value);
        }
        return found is { } ahead && wanted is { } target && ahead > target && found != old
            ? $"table sqlite_sequence key '{table}': expected {old?.ToString() ?? "none"}, found {ahead}"
            : null;
    }

    /// <summary>Brings a counter to a value at least.</summary>
    internal void Raise(byte[] table, long value)
    {
        var found = Read(table);
        if (found >= value)
            return;
        Write(table, found is null, value);
    }

    private void Write(byte[] table, bool isNew, long value)
    {
        var statement = isNew
            ? insert ??= connection.PrepareInternal("INSERT INTO public.sqlite_sequence (seq, name) VALUES (?2, ?1)")
            : update ??= connection.PrepareInternal("UPDATE public.sqlite_sequence SET seq = ?2 WHERE name = ?1");
        statement.Text(1, table);
        statement.Int64(2, value);
        connection.StepInternal(statement);
    }

    internal void Close()
    {
        read?.FinalizeHandle();
        update?.FinalizeHandle();
        insert?.FinalizeHandle();
        delete?.FinalizeHandle();
    }
}
