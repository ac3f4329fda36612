using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace CdrApi.Http;

/// <summary>Problems that an endpoint can answer with, beyond those of every endpoint that needs a credential.</summary>
internal sealed record OpenApiProblems(params IReadOnlyList<Problem> Problems);

/// <summary>What the operations of a tag are for.</summary>
internal sealed record OpenApiTagDescription(string Tag, string Description);

internal static class OpenApiMetadata
{
    public static T WithProblems<T>(this T endpoints, params IReadOnlyList<Problem> problems)
        where T : IEndpointConventionBuilder => endpoints.WithMetadata(new OpenApiProblems(problems));

    public static T WithTag<T>(this T endpoints, string tag, string description)
        where T : IEndpointConventionBuilder => endpoints.WithTags(tag).WithMetadata(new OpenApiTagDescription(tag, description));
}

/// <summary>Describes the tags.</summary>
internal sealed class OpenApiTags : IDocumentFilter
{
    public void Apply(OpenApiDocument document, DocumentFilterContext context)
    {
        foreach (var described in context.ApiDescriptions
            .SelectMany(a => a.ActionDescriptor.EndpointMetadata.OfType<OpenApiTagDescription>()).Distinct())
        {
            if (document.Tags?.FirstOrDefault(t => t.Name == described.Tag) is { } tag)
            {
                tag.Description = described.Description;
            }
        }
    }
}
