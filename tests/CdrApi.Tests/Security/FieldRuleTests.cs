using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CdrApi.Cdrs.Formats;
using CdrSandbox;

namespace CdrApi.Tests.Security;

/// <summary>Keys that do not see every field, or not every digit.</summary>
public sealed partial class FieldRuleTests(TestSandbox sandbox) : IAsyncLifetime
{
    private readonly string _key = $"cdr_limited_{RandomNumberGenerator.GetHexString(64)}";
    private ApiProcess? _api;
    private ApiCaller _limited = null!;

    public async ValueTask InitializeAsync()
    {
        _api = await sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?>
        {
            ["Security__ApiKeys__2__Id"] = "limited",
            ["Security__ApiKeys__2__Sha256"] = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(_key))),
            ["Security__ApiKeys__2__Scopes__0"] = "cdrs:read:all",
            ["Security__ApiKeys__2__HiddenFields__0"] = "cost",
            ["Security__ApiKeys__2__HiddenFields__1"] = "country",
            ["Security__ApiKeys__2__MaskedFields__0"] = "cld",
            ["Security__ApiKeys__2__MaskedFields__1"] = "cld_translated",
            ["Security__ApiKeys__2__MaskedFields__2"] = "prefix",
        });
        _limited = new ApiCaller(_api.Url, _key);
    }

    public ValueTask DisposeAsync() => _api?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Theory]
    [InlineData("json")]
    [InlineData("ndjson")]
    [InlineData("csv")]
    public async Task Lists_have_no_hidden_field_and_no_last_digits(string format)
    {
        const string path = "/cdrs?type=all&limit=2000&fields=i_cdr,cli,cld,cld_translated&format=";
        var (all, limited) = (await TextAsync(sandbox.All, path + format), await TextAsync(_limited, path + format));

        limited.Should().Contain("****");
        if (format == "csv")
        {
            CsvReader.Read(limited).Select(row => string.Join('|', row)).Should().Equal(
                CsvReader.Read(all).Select(row => string.Join('|', row[..2].Concat(row[2..].Select(Mask)))));
        }
        else
        {
            AsOf().Replace(limited, "").Should().Be(AsOf().Replace(Cld().Replace(all, m => m.Groups[1].Value + Mask(m.Groups[2].Value)), ""));
        }
    }

    [Fact]
    public async Task A_single_CDR_a_batch_and_a_default_list_have_no_hidden_field()
    {
        var id = await sandbox.Replica.ScalarAsync<long>("SELECT i_cdr FROM cdrs WHERE cld_in ~ '^[0-9]{8,}$' AND cost > 0 ORDER BY 1 LIMIT 1");
        var number = await sandbox.Replica.ScalarAsync<string>($"SELECT cld_in FROM cdrs WHERE i_cdr = {id}");

        var cdr = await _limited.GetAsync($"/cdrs/{id}");
        cdr.TryGetProperty("cost", out _).Should().BeFalse();
        cdr.TryGetProperty("country", out _).Should().BeFalse();
        cdr.GetProperty("description").ValueKind.Should().NotBe(JsonValueKind.Undefined);
        cdr.GetProperty("cld").GetString().Should().Be(number![..^4] + "****");

        foreach (var row in new[]
        {
            (await _limited.GetAsync("/cdrs?limit=1")).GetProperty("data")[0],
            (await _limited.PostAsync("/cdrs/batch", """{"queries":[{"limit":1,"fields":"all"}]}""")).GetProperty("results")[0].GetProperty("data")[0],
        })
        {
            row.EnumerateObject().Select(p => p.Name).Should().NotContain(["cost", "country"]).And.Contain("cld");
        }
    }

    [Theory]
    [InlineData("/cdrs?fields=i_cdr,cost", "fields", "No such field: 'cost'")]
    [InlineData("/cdrs?min_cost=1", "min_cost", "Unknown parameter")]
    [InlineData("/cdrs?country=FRANCE", "country", "Unknown parameter")]
    [InlineData("/cdrs?cld=336*", "cld", "cld is masked for this credential")]
    [InlineData("/cdrs?cld_translated=336*", "cld_translated", "masked")]
    [InlineData("/cdrs/stats?prefix=336", "prefix", "masked")]
    [InlineData("/cdrs/stats?group_by=country", "group_by", "No such name: 'country'")]
    [InlineData("/cdrs/stats?group_by=prefix", "group_by", "No such name: 'prefix'")]
    [InlineData("/cdrs/stats?sort=-cost", "sort", "No such name: '-cost'")]
    public async Task What_is_hidden_or_masked_cannot_be_asked_for_by_another_way(string path, string parameter, string complaint)
    {
        var problem = await _limited.GetAsync(path, HttpStatusCode.BadRequest);

        problem.GetProperty("errors").GetProperty(parameter)[0].GetString().Should().Contain(complaint);
    }

    [Fact]
    public async Task Statistics_have_no_figure_of_a_hidden_field()
    {
        var statistics = await _limited.GetAsync("/cdrs/stats?group_by=description&sort=-calls");

        statistics.GetProperty("totals").TryGetProperty("cost", out _).Should().BeFalse();
        statistics.GetProperty("totals").GetProperty("calls").GetInt64().Should().BePositive();
        statistics.GetProperty("data")[0].TryGetProperty("cost", out _).Should().BeFalse();
    }

    [Fact]
    public async Task A_session_of_the_key_is_bound_by_the_same_rules()
    {
        foreach (var body in new[] { "{}", $$"""{"i_account":{{sandbox.Sandbox.Account}}}""" })
        {
            var token = (await _limited.PostAsync("/auth/token", body)).GetProperty("access_token").GetString();
            var row = (await new ApiCaller(_api!.Url, token).GetAsync("/cdrs?limit=1")).GetProperty("data")[0];

            row.TryGetProperty("cost", out _).Should().BeFalse();
            row.GetProperty("cld").GetString().Should().Contain("*");
        }
    }

    [Theory]
    [InlineData("HiddenFields", "connect_time")]
    [InlineData("HiddenFields", "i_account")]
    [InlineData("HiddenFields", "price")]
    [InlineData("MaskedFields", "cost")]
    [InlineData("MaskedFields", "country")]
    public async Task A_field_that_cannot_be_hidden_or_masked_ends_the_start(string option, string field)
    {
        var starting = () => sandbox.Sandbox.StartApiAsync(new Dictionary<string, string?> { [$"Security__ApiKeys__0__{option}__0"] = field });

        (await starting.Should().ThrowAsync<SandboxException>()).Which.Message.Should().Contain($"Security:ApiKeys:0:{option} has {field}; it may have ");
    }

    [Theory]
    [InlineData("33612345678", "3361234****")]
    [InlineData("+33639981234", "+3363998****")]
    [InlineData("1234", "****")]
    [InlineData("12", "**")]
    [InlineData("", "")]
    [InlineData("anonymous", "anonymous")]
    [InlineData("sip:33639981234@192.0.2.17", "sip:3363998****@***.*.*.**")]
    [InlineData("+33 6 39 98 12 34", "+** * ** ** ** **")]
    [InlineData("٣٣٦٣٩٩٨١٢٣٤", "٣٣٦٣٩٩٨****")]
    public void The_mask_takes_the_last_four_of_each_run_of_digits(string text, string masked) =>
        Encoding.UTF8.GetString(NumberMask.Apply(Encoding.UTF8.GetBytes(text))).Should().Be(masked);

    /// <summary>The rule once more, by a regular expression on the text of the answer.</summary>
    private static string? Mask(string? text) => text is null ? null : LastDigits().Replace(text, m => new string('*', m.Length));

    private static async Task<string> TextAsync(ApiCaller caller, string path)
    {
        using var response = await caller.SendAsync(path);
        return await response.Content.ReadAsStringAsync();
    }

    [GeneratedRegex("""("cld(?:_translated)?":)("(?:[^"\\]|\\.)*")""")]
    private static partial Regex Cld();

    [GeneratedRegex(@"\d{1,4}(?!\d)")]
    private static partial Regex LastDigits();

    [GeneratedRegex("""("as_of":"[^"]*"|"next_cursor":"[^"]*")""")]
    private static partial Regex AsOf();
}
