namespace CdrSandbox;

/// <summary>Something the user can act on; its message is printed without a stack trace.</summary>
public sealed class SandboxException(string message) : Exception(message);
