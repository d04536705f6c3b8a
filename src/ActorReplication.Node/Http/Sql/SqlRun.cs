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
        var fault = await UntilReadyAsync(ignoresAnswers: false, cancellation);
        await _sent;
        if (fault is not null) return fault;
        json.WriteEndArray();
        if (request.Receipt) return await ReceiptAsync(cancellation);
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
        while (await wire.NextAsync(cancellation) is var (type, body))
        {
            if (type == 'Z') return fault;
            if (type == 'G')
            {
                fault ??= new SqlFault("0A000", "COPY FROM STDIN is not possible over HTTP", null, "Use INSERT with several rows, or a PostgreSQL client.", null) { Statement = _statement };
                await _sent;
                wire.CopyFail("no rows come over HTTP");
                wire.Sync();
                _sent = wire.FlushAsync(cancellation);
            }
            else if (type == 'E') fault ??= SqlFault.Read(body) with { Statement = _statement < request.All.Count ? _statement : null };
            else if (!ignoresAnswers && fault is null) Take(type, body);
        }
        return fault ?? new SqlFault("57P01", "the session was ended: the node stops, or does not lead any more", null, null, null);
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

    private async Task<SqlFault?> ReceiptAsync(CancellationToken cancellation)
    {
        wire.Query("SELECT replication.last_commit()");
        await wire.FlushAsync(cancellation);
        string? receipt = null;
        while (await wire.NextAsync(cancellation) is var (type, body) && type != 'Z')
            if (type == 'D' && System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(2)) >= 0) receipt = Encoding.UTF8.GetString(body.AsSpan(6));
        json.WritePropertyName("receipt");
        if (receipt is null) json.WriteNullValue();
        else json.WriteRawValue(receipt);
        return null;
    }
}

/// <summary>An ErrorResponse.</summary>
/// <param name="Statement">From 0; null: none of them.</param>
internal sealed record SqlFault(string SqlState, string Message, string? Detail, string? Hint, int? Position)
{
    public int? Statement { get; init; }

    /// <summary>The HTTP status that tells a client what it may do: 503 and 409 may be tried again, 4xx not.</summary>
    public int Status => SqlState switch
    {
        "25006" or "40003" => 503,
        "57014" => 504,
        "42501" => 403,
        "08P01" => 400,
        "XX000" => 500,
        _ => SqlState[..2] switch { "08" or "53" or "57" or "58" => 503, "40" or "23" or "55" => 409, "28" => 403, _ => 400 },
    };

    public static SqlFault Read(ReadOnlySpan<byte> body)
    {
        var fields = new Dictionary<char, string>();
        while (body is [not 0, ..])
        {
            var end = body.IndexOf((byte)0);
            fields[(char)body[0]] = Encoding.UTF8.GetString(body[1..end]);
            body = body[(end + 1)..];
        }
        return new SqlFault(fields.GetValueOrDefault('C', "XX000"), fields.GetValueOrDefault('M', ""), fields.GetValueOrDefault('D'), fields.GetValueOrDefault('H'),
            int.TryParse(fields.GetValueOrDefault('P'), out var position) ? position : null);
    }
}
