using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace CdrApi.Tests;

/// <summary>The rules of docs/architecture.md, held against the sources.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly string[] Foundations = ["Database", "Replication", "Security", "Http", "Observability"];

    [Fact]
    public void Foundations_use_no_feature()
    {
        var features = Directory.GetDirectories(Source).Select(d => Path.GetFileName(d)!)
            .Except([.. Foundations, "bin", "obj", "Properties"]).ToList();
        features.Should().Contain("Cdrs");

        Offenders(Foundations, file => features.Exists(feature => UsesOf(file).Contains("CdrApi." + feature))).Should().BeEmpty();
    }

    [Fact]
    public void Http_and_Database_know_neither_replication_nor_security() =>
        Offenders(["Http", "Database"], file => UsesOf(file).Overlaps(["CdrApi.Replication", "CdrApi.Security"])).Should().BeEmpty();

    [Fact]
    public void SQL_stands_in_Sql_files_only() =>
        Offenders([""], file => !file.EndsWith("Sql.cs", StringComparison.Ordinal) && Sql().IsMatch(WithoutComments(file))).Should().BeEmpty();

    [Fact]
    public void Dapper_and_Npgsql_are_used_where_the_database_is()
    {
        // The writer of rows reads the driver's reader, a statement knows where its rows begin, and a start-up check is given a connection.
        string[] also = ["Slices.cs", "Sql.cs", "SqlParameters.cs", "Statement.cs", "Check.cs", "CdrRows.cs", "ColumnBytes.cs"];

        Offenders([""], file => UsesOf(file).Overlaps(["Dapper", "Npgsql"])
            && !file.Contains("/Database/", StringComparison.Ordinal) && !file.Contains("/Replication/", StringComparison.Ordinal)
            && !Array.Exists(also, end => file.EndsWith(end, StringComparison.Ordinal))).Should().BeEmpty();
    }

    [Fact]
    public void No_file_is_long() =>
        Offenders([""], file => File.ReadLines(file).Count() > 300).Should().BeEmpty();

    [Fact]
    public void Nothing_is_called_service_manager_helper_or_repository() =>
        Offenders([""], file => VagueName().IsMatch(WithoutComments(file))).Should().BeEmpty();

    private static string Source { get; } = Path.GetFullPath(Path.Combine(Here(), "../../src/CdrApi"));

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    private static List<string> Offenders(IEnumerable<string> rooms, Predicate<string> isAtFault)
    {
        var files = rooms.SelectMany(room => Directory.EnumerateFiles(Path.Combine(Source, room), "*.cs", SearchOption.AllDirectories))
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal)).ToList();
        files.Should().NotBeEmpty();
        return [.. files.Where(f => isAtFault(f))];
    }

    private static HashSet<string> UsesOf(string file) =>
        [.. Using().Matches(File.ReadAllText(file)).Select(m => m.Groups[1].Value)];

    private static string WithoutComments(string file) => Comment().Replace(File.ReadAllText(file), "");

    [GeneratedRegex(@"^using (?:static )?(?:\w+ = )?([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Using();

    [GeneratedRegex(@"//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\bSELECT\b[\s\S]{0,400}?\bFROM\b")]
    private static partial Regex Sql();

    [GeneratedRegex(@"\b(?:class|record|interface) \w*(?:Service|Manager|Helper|Repository|Util)s?\b")]
    private static partial Regex VagueName();
}
