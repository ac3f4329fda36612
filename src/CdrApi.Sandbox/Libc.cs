using System.ComponentModel;
using System.Runtime.InteropServices;

namespace CdrSandbox;

/// <summary>What .NET does not offer: polite signals and file owners.</summary>
internal static partial class Libc
{
    public const int Sigterm = 15;

    public static void Signal(int processId, int signal)
    {
        const int NoSuchProcess = 3;
        if (kill(processId, signal) != 0 && Marshal.GetLastPInvokeError() != NoSuchProcess)
            throw new Win32Exception();
    }

    public static void ChangeOwner(string path, uint user, uint group)
    {
        if (chown(path, user, group) != 0)
            throw new Win32Exception();
    }

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int kill(int pid, int sig);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int chown(string path, uint owner, uint group);
}
