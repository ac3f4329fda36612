using System.Diagnostics;
using System.Globalization;

namespace CdrApi.Tests.Deploy;

/// <summary>
/// A host of its own: the files of this machine under a layer that is thrown away, booted by the real systemd in a container, in a network of two
/// addresses. What installs, starts or damages anything there leaves nothing here.
/// </summary>
internal sealed class HostMachine : IAsyncDisposable
{
    /// <summary>This machine, as that one sees it.</summary>
    public const string Here = "203.0.113.1";

    /// <summary>That machine, as this one sees it.</summary>
    public const string There = "203.0.113.2";

    /// <summary>Another address of this machine, which nobody names there.</summary>
    public const string Stranger = "203.0.113.3";

    private readonly string _directory = Directory.CreateTempSubdirectory("cdr-api-host-").FullName;
    private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"cdr{Environment.ProcessId}");
    private Process? _container;
    private int _init;

    private string Root => Path.Combine(_directory, "root");

    public static async Task<HostMachine> StartAsync()
    {
        Tool.NeedsRoot("a container is booted");
        Assert.SkipUnless(File.Exists("/usr/bin/systemd-nspawn"), "Needs systemd-nspawn: install systemd-container.");
        var host = new HostMachine();
        try
        {
            await host.MountAsync();
            host.Empty();
            await host.ConnectAsync();
            await host.BootAsync();
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs it there, as root.</summary>
    public Task<(int ExitCode, string Output)> RunAsync(params string[] command) =>
        Tool.RunAsync("util-linux", "nsenter", ["-t", $"{_init}", "-a", "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", .. command]);

    /// <summary>The same, where anything but success is a failure of the test; its output.</summary>
    public async Task<string> MustAsync(params string[] command)
    {
        var result = await RunAsync(command);
        result.ExitCode.Should().Be(0, "{0} said: {1}", string.Join(' ', command), result.Output);
        return result.Output;
    }

    /// <summary>A file of this machine, there.</summary>
    public Task CopyAsync(string file, string path) => Tool.MustAsync("dash", "sh", "-c", $"nsenter -t {_init} -m sh -c 'umask 077; cat > {path}' < {file}");

    public async Task WriteAsync(string path, string text)
    {
        var file = Path.Combine(_directory, "written");
        await File.WriteAllTextAsync(file, text);
        await CopyAsync(file, path);
    }

    public async ValueTask DisposeAsync()
    {
        if (_init != 0)
        {
            // Its first process: all others end with it.
            await Tool.RunAsync("procps", "kill", "-KILL", $"{_init}");
        }

        if (_container is not null)
        {
            _container.Kill();
            await _container.WaitForExitAsync();
            _container.Dispose();
        }

        await Tool.RunAsync("iproute2", "ip", "netns", "del", _name);
        await Tool.RunAsync("mount", "umount", "-R", Root);
        await Tool.RunAsync("mount", "umount", Path.Combine(_directory, "layer"));
        Directory.Delete(_directory, recursive: true);
    }

    private async Task MountAsync()
    {
        var layer = Directory.CreateDirectory(Path.Combine(_directory, "layer")).FullName;
        Directory.CreateDirectory(Root);
        await Tool.MustAsync("mount", "mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", layer);
        var (upper, work) = (Directory.CreateDirectory(Path.Combine(layer, "upper")), Directory.CreateDirectory(Path.Combine(layer, "work")));
        var mounted = await Tool.RunAsync("mount", "mount", "-t", "overlay", "overlay", "-o", $"lowerdir=/,upperdir={upper},workdir={work}", Root);
        Assert.SkipUnless(mounted.ExitCode == 0, "Needs overlay mounts: " + mounted.Output);
    }

    /// <summary>As new: packages are there, so that none must be fetched, but nothing of them is set up.</summary>
    private void Empty()
    {
        foreach (var path in new[] { "etc/postgresql", "var/lib/postgresql/15", "etc/cdrapi", "opt/cdrapi", "etc/nginx/cdrapi", "etc/systemd/system/multi-user.target.wants", "etc/systemd/system/sockets.target.wants", "etc/systemd/system/timers.target.wants" })
        {
            var full = Path.Combine(Root, path);
            if (Directory.Exists(full))
            {
                Directory.Delete(full, recursive: true);
            }
        }
    }

    private async Task ConnectAsync()
    {
        await Tool.MustAsync("iproute2", "ip", "netns", "add", _name);
        await Tool.MustAsync("iproute2", "ip", "link", "add", _name + "a", "type", "veth", "peer", "name", _name + "b");
        await Tool.MustAsync("iproute2", "ip", "link", "set", _name + "b", "netns", _name);
        await Tool.MustAsync("iproute2", "ip", "addr", "add", Here + "/29", "dev", _name + "a");
        await Tool.MustAsync("iproute2", "ip", "addr", "add", Stranger + "/29", "dev", _name + "a");
        await Tool.MustAsync("iproute2", "ip", "link", "set", _name + "a", "up");
        await Tool.MustAsync("iproute2", "ip", "-n", _name, "addr", "add", There + "/29", "dev", _name + "b");
        await Tool.MustAsync("iproute2", "ip", "-n", _name, "link", "set", _name + "b", "up");
        await Tool.MustAsync("iproute2", "ip", "-n", _name, "link", "set", "lo", "up");
    }

    private async Task BootAsync()
    {
        var log = Path.Combine(_directory, "boot.log");
        string[] arguments = ["--quiet", "--boot", "--capability=CAP_NET_ADMIN", "--register=no", "--keep-unit", "--machine=" + _name, "--directory=" + Root, "--network-namespace-path=/run/netns/" + _name];
        _container = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"exec systemd-nspawn \"$@\" >{log} 2>&1 </dev/null", "sh", .. arguments]))!;
        await Eventually.BecomesTrueAsync(async () =>
        {
            if (_container.HasExited)
            {
                Assert.Skip("Needs a machine that can boot a container: " + await File.ReadAllTextAsync(log));
            }

            var children = $"/proc/{_container.Id}/task/{_container.Id}/children";
            if (File.ReadAllText(children).Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var child, ..])
            {
                return false;
            }

            _init = int.Parse(child, CultureInfo.InvariantCulture);
            return (await RunAsync("systemctl", "is-system-running")).Output.Trim() is "running" or "degraded";
        });
    }
}
