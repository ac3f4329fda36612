using System.Runtime.CompilerServices;

namespace CdrApi.Tests;

/// <summary>A command of a document, and the answer that stands after it.</summary>
/// <param name="Place">File and line.</param>
/// <param name="Section">The heading above it.</param>
/// <param name="Command">For a shell.</param>
/// <param name="Answer">Null where the document shows none.</param>
public sealed record DocsExample(string Place, string Section, string Command, string? Answer)
{
    public static string Read(string file) => File.ReadAllText(Path.Combine(Path.GetDirectoryName(Here())!, "../../docs", file));

    /// <summary>All of a document's. A block that is neither a command nor its answer has no place in it.</summary>
    public static List<DocsExample> Of(string file)
    {
        var examples = new List<DocsExample>();
        var section = "";
        var lines = Read(file).Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith("## ", StringComparison.Ordinal))
            {
                section = lines[i][3..];
            }

            if (!lines[i].StartsWith("    ", StringComparison.Ordinal))
            {
                continue;
            }

            var start = i;
            while (i < lines.Length && lines[i].StartsWith("    ", StringComparison.Ordinal))
            {
                i++;
            }

            var block = string.Join('\n', lines[start..i].Select(l => l[4..]));
            if (block.StartsWith("curl ", StringComparison.Ordinal) || block.Contains("| curl ", StringComparison.Ordinal))
            {
                examples.Add(new DocsExample($"{file}:{start + 1}", section, block, null));
            }
            else if (examples.Count > 0 && examples[^1] is { Answer: null } last && Array.TrueForAll(lines[(start - 1)..start], l => l.Length == 0)
                && lines[..start].Reverse().SkipWhile(l => l.Length == 0).First().StartsWith("    ", StringComparison.Ordinal))
            {
                examples[^1] = last with { Answer = block };
            }
            else
            {
                throw new InvalidOperationException($"{file}:{start + 1} has a block that is neither a command nor an answer.");
            }
        }

        return examples;
    }

    public override string ToString() => Place;

    private static string Here([CallerFilePath] string file = "") => file;
}
