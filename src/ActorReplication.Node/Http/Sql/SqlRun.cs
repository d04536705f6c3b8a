using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace ActorReplication.Node.Http.Sql;

/// <summary>One request, from its startup packet to its JSON. A failure is what PostgreSQL's client would be told.</summary>
internal sealed class SqlRun(SqlWire wire, SqlRequest request, Utf8JsonWriter json)
{
    /// <summary>A larger answer is cut off as one with too many rows.</summary>
    private const long MostBytes = 16 << 20;

    private int _statement;
    private Task _sent = Task.CompletedTask;
    private uint[] _types = [];
    private long _rows;
    private bool _cut;
    private bool _open;

    /// <summary>Null: everything is done, and the answer is written.</summary>
    public async Task<SqlFault?> RunAsync(string user, CancellationToken cancellation)
    {
        wire.Startup(Settings(user));
        await wire.FlushAsync(cancellation);
        if (await UntilReadyAsync(ignoresAnswers: true, cancellation) is { } refused) return refused with { Statement = null };
        json.WriteStartArray("results");
        foreach (var statement in request.All)
        {
            wire.Parse(statement.Sql!);
            wire.Bind([.. (statement.Parameters ?? []).Select(SqlJson.ToText)]);
            wire.Describe();
            wire.Execute(request.RowLimit);
        }
        wire.Sync();
        // Sent beside the reading: neither side's buffer holds everything.
        _sent = wire.FlushAsync(cancellation);
        if (await UntilReadyAsync(ignoresAnswers: false, cancellation) is { } fault)
        {
            // Whatever became of the sending, the answer is there; the socket is closed next.
            _ = _sent.ContinueWith(static sent => sent.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            return fault;
        }
        await _sent;
        json.WriteEndArray();
        if (request.Receipt) await WriteReceiptAsync(cancellation);
        return null;
    }

    private IEnumerable<(string, string)> Settings(string user)
    {
        yield return ("user", user);
        yield return ("database", "postgres");
        yield return ("application_name", "http");
        yield return ("statement_timeout", request.Timeout.ToString());
        if (request.Consistency is { } reads) yield return ("replication.read_consistency", reads);
        if (request.Commit is { } commit) yield return ("synchronous_commit", commit);
        if (request.CommitToken is { } token) yield return ("replication.commit_token", token);
    }

    private async Task<SqlFault?> UntilReadyAsync(bool ignoresAnswers, CancellationToken cancellation)
    {
        SqlFault? fault = null;
        while (await NextAsync(cancellation) is var (type, body))
        {
            if (type == 'Z') return fault;
            if (body is null)
            {
                // One row that is larger than the whole answer may be; an error of that size has lost its text.
                if (type == 'E') fault ??= new SqlFault("54000", $"the error's text is larger than {SqlWire.MostBodyBytes} bytes", null, null, null);
                _cut = true;
                continue;
            }
            if (type == 'G')
            {
                fault ??= new SqlFault("0A000", "COPY FROM STDIN is not possible over HTTP", null, "Use INSERT with several rows, or a PostgreSQL client.", null) { Statement = _statement };
                if (!await IsSentAsync()) break;
                wire.CopyFail("no rows come over HTTP");
                wire.Sync();
                _sent = wire.FlushAsync(cancellation);
            }
            else if (type == 'E') fault ??= SqlFault.Read(body) with { Statement = _statement < request.All.Count ? _statement : null };
            else if (!ignoresAnswers && fault is null) Take(type, body);
        }
        if (fault is not null) return fault;
        // Once Sync is on its way, the commit may have been made and its answer lost.
        return ignoresAnswers ? new SqlFault("57P01", "the session was ended: the node stops, or does not lead any more", null, null, null) : SqlFault.Unknown("the session was ended before it answered");
    }

    /// <summary>Null: the other side has closed, however.</summary>
    private async ValueTask<(char Type, byte[]? Body)?> NextAsync(CancellationToken cancellation)
    {
        try
        {
            return await wire.NextAsync(cancellation);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private async ValueTask<bool> IsSentAsync()
    {
        try
        {
            await _sent;
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private void Take(char type, byte[] body)
    {
        switch (type)
        {
            case 'T':
                Open();
                _types = SqlJson.WriteColumns(json, body);
                json.WriteStartArray("rows");
                break;
            case 'H':
                // COPY TO STDOUT: each line is a row of one column without a name.
                Open();
                json.WriteStartArray("rows");
                break;
            case 'D' or 'd' when json.BytesCommitted + json.BytesPending > MostBytes:
                _cut = true;
                break;
            case 'D':
                SqlJson.WriteRow(json, body, _types);
                _rows++;
                break;
            case 'd':
                json.WriteStartArray();
                json.WriteStringValue(Encoding.UTF8.GetString(body).TrimEnd('\n'));
                json.WriteEndArray();
                _rows++;
                break;
            case 'C' or 's' or 'I':
                Close(type == 'C' ? Encoding.UTF8.GetString(body.AsSpan(..^1)) : null, _cut || type == 's');
                break;
        }
    }

    private void Open()
    {
        json.WriteStartObject();
        _open = true;
    }

    private void Close(string? tag, bool cut)
    {
        if (_open) json.WriteEndArray();
        else json.WriteStartObject();
        json.WriteString("command", tag);
        if (tag is not null && long.TryParse(tag.AsSpan(tag.LastIndexOf(' ') + 1), out var count)) json.WriteNumber("count", count);
        else if (_open) json.WriteNumber("count", _rows);
        json.WriteBoolean("truncated", cut);
        json.WriteEndObject();
        (_open, _cut, _rows, _types) = (false, false, 0, []);
        _statement++;
    }

    /// <summary>Null if there is none to be had: the commit is made, and what fails after it must not make it look failed.</summary>
    private async Task WriteReceiptAsync(CancellationToken cancellation)
    {
        string? receipt = null;
        try
        {
            wire.Query("SELECT replication.last_commit()");
            await wire.FlushAsync(cancellation);
            while (await wire.NextAsync(cancellation) is var (type, body) && type != 'Z')
                if (type == 'D' && body is not null && System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(2)) >= 0) receipt = Encoding.UTF8.GetString(body.AsSpan(6));
        }
        catch (Exception lost) when (lost is IOException or SocketException or OperationCanceledException)
        {
            receipt = null;
        }
        json.WritePropertyName("receipt");
        if (receipt is null) json.WriteNullValue();
        else json.WriteRawValue(receipt);
    }
}

/// <summary>An ErrorResponse.</summary>
/// <param name="Statement">From 0; null: none of them.</param>
internal sealed record SqlFault(string SqlState, string Message, string? Detail, string? Hint, int? Position)
{
    public int? Statement { get; init; }

    private const string UnknownCommit = "40003";

    /// <summary>The HTTP status that tells a client what it may do: 503 and 409 may be tried again, since nothing has happened; 504 only with commitToken, since it may have; other 4xx not.</summary>
    public int Status => SqlState switch
    {
        "25006" => 503,
        "57014" or UnknownCommit => 504,
        "42501" => 403,
        "08P01" => 400,
        "XX000" => 500,
        _ => SqlState[..2] switch { "08" or "53" or "57" or "58" => 503, "40" or "23" or "55" => 409, "28" => 403, _ => 400 },
    };

    /// <summary>Nobody knows whether the transaction was committed.</summary>
    public static SqlFault Unknown(string message) =>
        new(UnknownCommit, message, "The transaction may have happened.", "Look whether it has; or give writes a commitToken: with the same token the request may be sent again, and happens once.", null);

    public static SqlFault Read(ReadOnlySpan<byte> body)
    {
        var fields = new Dictionary<char, string>();
        while (body is [not 0, ..])
        {
            var end = body.IndexOf((byte)0);
            fields[(char)body[0]] = Encoding.UTF8.GetString(body[1..end]);
            body = body[(end + 1)..];
        }
        if (fields.GetValueOrDefault('C') == UnknownCommit) return Unknown(fields.GetValueOrDefault('M', ""));
        return new SqlFault(fields.GetValueOrDefault('C', "XX000"), fields.GetValueOrDefault('M', ""), fields.GetValueOrDefault('D'), fields.GetValueOrDefault('H'),
            int.TryParse(fields.GetValueOrDefault('P'), out var position) ? position : null);
    }
}
