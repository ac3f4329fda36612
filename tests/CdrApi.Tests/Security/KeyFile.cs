using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using CdrSandbox;

namespace CdrApi.Tests.Security;

/// <summary>A configuration file with API keys, in a folder of its own, that a test changes while the service runs.</summary>
internal sealed class KeyFile : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cdr-api-keys-").FullName;

    public string Path => System.IO.Path.Combine(_folder, "cdrapi.json");

    public string Folder => _folder;

    public static (string Key, JsonObject Options) NewKey(string id, string scope = "cdrs:read:all", JsonObject? options = null)
    {
        var key = $"cdr_{id}_{RandomNumberGenerator.GetHexString(64)}";
        var all = options ?? [];
        (all["Id"], all["Sha256"], all["Scopes"]) = (id, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))), new JsonArray(scope));
        return (key, all);
    }

    public static string Text(params JsonObject[] keys) =>
        new JsonObject { ["Security"] = new JsonObject { ["ApiKeys"] = new JsonArray([.. keys.Select(k => k.DeepClone())]) } }.ToJsonString();

    /// <summary>In one step, as operators should.</summary>
    public void Write(params JsonObject[] keys)
    {
        File.WriteAllText(Path + ".new", Text(keys));
        File.Move(Path + ".new", Path, overwrite: true);
    }

    public Task<ApiProcess> StartApiAsync(TestSandbox sandbox, Dictionary<string, string?>? environment = null, bool waitUntilReady = true) =>
        sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?>(environment ?? []) { ["ConfigFile"] = Path }, waitUntilReady: waitUntilReady);

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
