namespace CdrApi.Http;

/// <summary>Marks an endpoint that answers also before the start-up checks have passed.</summary>
internal sealed class AnswersWhileStarting;

internal static class AnswersWhileStartingMetadata
{
    public static T AnswersWhileStarting<T>(this T endpoints)
        where T : IEndpointConventionBuilder => endpoints.WithMetadata(new AnswersWhileStarting());
}
