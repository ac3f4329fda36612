using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace CdrApi.Tests.Security;

/// <summary>A real OpenID server on loopback: discovery, keys and tokens. Where there is no npm, the tests are skipped, and say so.</summary>
public sealed class TokenServer : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("cdr-api-tokens-").FullName;
    private Process? _process;
    private bool _hasNpm;

    public string Url { get; private set; } = "";

    public async Task StartAsync()
    {
        Assert.SkipUnless(_hasNpm, "Needs npm: install nodejs and npm.");
        if (_process is null)
        {
            _process = Start("node", "server.mjs");
            await OrderAsync(new { @do = "start" });
        }
    }

    public Task<string> NewTokenAsync(object claims, int expiresIn = 600) => OrderAsync(new { @do = "token", claims, expiresIn });

    public Task OrderAsync(string what) => OrderAsync(new { @do = what });

    public async ValueTask InitializeAsync()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Here(), "../TokenServer")))
        {
            File.Copy(file, Path.Combine(_directory, Path.GetFileName(file)));
        }

        try
        {
            using var install = Start("npm", "ci");
            var output = await install.StandardOutput.ReadToEndAsync();
            await install.WaitForExitAsync();
            install.ExitCode.Should().Be(0, "npm ci says:\n{0}", output);
            _hasNpm = true;
        }
        catch (Win32Exception)
        {
            _hasNpm = false;
        }
    }

    public ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
        }

        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    private async Task<string> OrderAsync(object order)
    {
        await _process!.StandardInput.WriteLineAsync(JsonSerializer.Serialize(order));
        var line = await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The token server has ended.");
        var answer = JsonDocument.Parse(line).RootElement;
        Url = answer.GetProperty("url").GetString()!;
        return answer.TryGetProperty("answer", out var value) ? value.GetString()! : "";
    }

    private Process Start(string program, params string[] arguments) => Process.Start(new ProcessStartInfo(program, arguments)
    {
        WorkingDirectory = _directory,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!;

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
