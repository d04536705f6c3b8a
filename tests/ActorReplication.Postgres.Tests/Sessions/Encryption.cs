using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using ActorReplication.Postgres.Security;
using ActorReplication.Postgres.Session;
using Npgsql;
using Xunit;

namespace ActorReplication.Postgres.Tests.Sessions;

public sealed class Encryption : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly string _rootFile = Path.GetTempFileName();

    public Encryption() => File.WriteAllText(_rootFile, _authority.RootPem);

    public void Dispose() => File.Delete(_rootFile);

    [Theory]
    [InlineData("sslmode=require")]
    [InlineData("sslmode=verify-full sslrootcert=$root")]
    public async Task Psql_connects_encrypted(string how)
    {
        await using var server = await StartAsync(TlsMode.Require);
        var (code, output) = await Psql.RunAsync($"host=localhost hostaddr=127.0.0.1 port={server.Server.Port} user=postgres dbname=postgres {how.Replace("$root", _rootFile)}", "select int4:7");
        Assert.True(code == 0, output);
        Assert.Equal("7\n", output);
    }

    [Fact]
    public async Task Psql_that_verifies_refuses_another_authoritys_server()
    {
        File.WriteAllText(_rootFile, new TestAuthority("another").RootPem);
        await using var server = await StartAsync(TlsMode.Require);
        var (code, output) = await Psql.RunAsync($"host=localhost hostaddr=127.0.0.1 port={server.Server.Port} user=postgres dbname=postgres sslmode=verify-full sslrootcert={_rootFile}", "select int4:7");
        Assert.NotEqual(0, code);
        Assert.Contains("certificate verify failed", output);
        Assert.Contains(server.Log.Lines, l => l.Text.Contains("TLS handshake failed"));
    }

    [Fact]
    public async Task Npgsql_verifies_in_full_and_reads_large_results_and_cancels()
    {
        await using var server = await StartAsync(TlsMode.Prefer);
        await using var connection = new NpgsqlConnection(server.ConnectionString.Replace("127.0.0.1", "localhost") + $";SSL Mode=VerifyFull;Root Certificate={_rootFile}");
        await connection.OpenAsync();
        await using (var command = new NpgsqlCommand("series 20000 100", connection))
        await using (var reader = await command.ExecuteReaderAsync())
        {
            var rows = 0;
            while (await reader.ReadAsync()) rows++;
            Assert.Equal(20000, rows);
        }
        await using var waits = new NpgsqlCommand("wait", connection);
        var running = waits.ExecuteNonQueryAsync();
        await server.Gateway.Waiting.WaitAsync(TimeSpan.FromSeconds(20));
        waits.Cancel();
        var cancelled = await Assert.ThrowsAsync<OperationCanceledException>(() => running);
        Assert.Equal("57014", Assert.IsType<PostgresException>(cancelled.InnerException).SqlState);
    }

    [Fact]
    public async Task Who_does_not_encrypt_is_refused_where_it_is_required()
    {
        await using var server = await StartAsync(TlsMode.Require);
        using var client = await server.ConnectAsync();
        await client.StartupAsync();
        var refusal = Assert.Single(await client.UntilReadyAsync());
        Assert.Equal("28000", refusal.Field('C'));
        Assert.Contains("no encryption", refusal.Field('M'));
    }

    [Fact]
    public async Task Who_does_not_ask_gets_a_plain_session_where_it_is_only_preferred()
    {
        await using var server = await StartAsync(TlsMode.Prefer);
        using var client = await server.OpenAsync();
        Assert.Contains("D 7", string.Join(' ', await client.AskAsync("select int4:7")));
    }

    [Fact]
    public async Task Plain_bytes_behind_the_request_are_refused()
    {
        await using var server = await StartAsync(TlsMode.Prefer);
        using var client = await server.ConnectAsync();
        byte[] request = [0, 0, 0, 8, 4, 210, 22, 47];
        await client.SendAsync([.. request, (byte)'Q', 0, 0, 0, 5]);
        var refusal = Assert.Single(await client.UntilReadyAsync());
        Assert.Equal("08P01", refusal.Field('C'));
        Assert.Contains("received unencrypted data after SSL request", refusal.Field('M'));
    }

    [Fact]
    public async Task What_is_no_handshake_ends_the_connection_without_an_answer()
    {
        await using var server = await StartAsync(TlsMode.Prefer);
        using var client = await server.ConnectAsync();
        await client.SendAsync([0, 0, 0, 8, 4, 210, 22, 47]);
        Assert.Equal((byte)'S', Assert.Single((await client.ExactlyAsync(1))!));
        await client.SendAsync(Encoding.ASCII.GetBytes("this is no ClientHello at all, whatever else it may be"));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (await client.ExactlyAsync(1) is not null) patience.Token.ThrowIfCancellationRequested();
        await Eventually.HoldsAsync(() => server.Server.SessionCount == 0 && server.Log.Lines.Any(l => l.Text.Contains("TLS handshake failed")));
        using var next = await server.OpenAsync();
    }

    [Theory]
    [InlineData("postgresql", true)]
    [InlineData(null, false)]
    public async Task A_client_may_begin_with_tls_if_it_names_the_protocol(string? protocol, bool isTaken)
    {
        await using var server = await StartAsync(TlsMode.Prefer);
        using var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", server.Server.Port);
        await using var tls = new SslStream(socket.GetStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
            ApplicationProtocols = protocol is null ? null : [new SslApplicationProtocol(protocol)],
        });
        byte[] body = [0, 3, 0, 0, .. RawClient.Text("user"), .. RawClient.Text("postgres"), 0];
        await tls.WriteAsync((byte[])[.. RawClient.Int32(body.Length + 4), .. body]);
        var answer = new byte[1];
        await tls.ReadExactlyAsync(answer);
        Assert.Equal(isTaken ? (byte)'R' : (byte)'E', answer[0]);
    }

    [Fact]
    public async Task A_new_certificate_serves_the_next_connection()
    {
        var now = _authority.Server();
        await using var server = await TestServer.StartAsync(new PgServerOptions { Tls = new ServerTls(TlsMode.Require, () => Volatile.Read(ref now)) });
        Assert.Equal(now.TargetCertificate.Thumbprint, await ShownAsync(server));
        var renewed = _authority.Server();
        Volatile.Write(ref now, renewed);
        Assert.Equal(renewed.TargetCertificate.Thumbprint, await ShownAsync(server));
    }

    private static async Task<string> ShownAsync(TestServer server)
    {
        string? shown = null;
        await using var source = new NpgsqlDataSourceBuilder(server.ConnectionString + ";SSL Mode=Require")
            .UseSslClientAuthenticationOptionsCallback(tls => tls.RemoteCertificateValidationCallback = (_, certificate, _, _) => { shown = certificate!.GetCertHashString(); return true; }).Build();
        await using var connection = await source.OpenConnectionAsync();
        return shown!;
    }

    private Task<TestServer> StartAsync(TlsMode mode)
    {
        var certificate = _authority.Server();
        return TestServer.StartAsync(new PgServerOptions { Tls = new ServerTls(mode, () => certificate) });
    }
}
