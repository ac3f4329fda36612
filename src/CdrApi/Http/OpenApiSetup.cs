using System.Reflection;
using Microsoft.OpenApi;

namespace CdrApi.Http;

internal static class OpenApiSetup
{
    public const string ApiKeyScheme = "ApiKey";
    public const string TokenScheme = "Token";

    public static void AddOpenApi(this WebApplicationBuilder builder)
    {
        builder.Services.AddEndpointsApiExplorer();
        builder.Services.AddSwaggerGen(swagger =>
        {
            swagger.SwaggerDoc("v1", new OpenApiInfo
            {
                Title = "CdrApi",
                Version = "v1",
                Description = "Call detail records of a Sippy Softswitch, read from a streaming replica. "
                    + "Times are UTC, ids are numbers, costs are exact decimals.",
                Contact = new OpenApiContact { Name = "The operator of this service" },
                License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" },
            });
            swagger.AddServer(new OpenApiServer { Url = "/", Description = "Where this document came from." });
            swagger.AddSecurityDefinition(ApiKeyScheme, new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey,
                In = ParameterLocation.Header,
                Name = "X-API-Key",
                Description = "An API key: `cdr_<id>_<secret>`.",
            });
            swagger.AddSecurityDefinition(TokenScheme, new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "A token of `POST /auth/token`, or of the operator's identity provider. Not together with an API key.",
            });
            // A HEAD is the GET without its body.
            swagger.DocInclusionPredicate((_, operation) => operation.HttpMethod != HttpMethods.Head);
            swagger.IncludeXmlComments(Assembly.GetExecutingAssembly());
            swagger.SupportNonNullableReferenceTypes();
            swagger.NonNullableReferenceTypesAsRequired();
            swagger.OperationFilter<ProblemResponses>();
            swagger.DocumentFilter<ProblemSchema>();
            swagger.DocumentFilter<OpenApiTags>();
        });
    }

    public static void MapOpenApi(this WebApplication app)
    {
        var options = app.Configuration.GetSection(OpenApiOptions.Section).Get<OpenApiOptions>() ?? new();
        if (!options.Enabled)
        {
            return;
        }

        // A branch: no other request looks at their routes.
        app.UseWhen(http => http.Request.Path.StartsWithSegments("/swagger") || http.Request.Path.StartsWithSegments("/openapi"), documents =>
        {
            documents.UseSwagger(swagger =>
            {
                swagger.RouteTemplate = "openapi/{documentName}.json";
                swagger.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            });
            documents.UseSwaggerUI(ui =>
            {
                ui.SwaggerEndpoint("/openapi/v1.json", "CdrApi v1");
                ui.RoutePrefix = "swagger";
                ui.DocumentTitle = "CdrApi";
                ui.DisplayRequestDuration();
                ui.EnableTryItOutByDefault();
                ui.DefaultModelsExpandDepth(0);
                ui.DefaultModelRendering(Swashbuckle.AspNetCore.SwaggerUI.ModelRendering.Example);
            });
        });
        app.MapGet("/", () => Results.Redirect("/swagger")).ExcludeFromDescription().AllowAnonymous().AnswersWhileStarting();
    }
}
