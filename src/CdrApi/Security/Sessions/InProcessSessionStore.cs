using System.Collections.Concurrent;

namespace CdrApi.Security;

/// <summary>For one instance: another does not know them, and they end with the process.</summary>
internal sealed class InProcessSessionStore(TimeProvider time) : ISessionStore
{
    private readonly ConcurrentDictionary<string, Session> _sessions = new(StringComparer.Ordinal);
    private readonly Lock _adding = new();

    public Task<bool> TryAddAsync(Session session, int most)
    {
        lock (_adding)
        {
            foreach (var ended in _sessions.Values.Where(s => time.GetUtcNow() >= s.Expires))
            {
                _sessions.TryRemove(ended.Id, out _);
            }

            return Task.FromResult(_sessions.Values.Count(s => s.Owner == session.Owner) < most && _sessions.TryAdd(session.Id, session));
        }
    }

    public Task<Session?> FindAsync(string id) => Task.FromResult(_sessions.GetValueOrDefault(id));

    public Task<IReadOnlyList<Session>> OfOwnerAsync(string owner) =>
        Task.FromResult<IReadOnlyList<Session>>([.. _sessions.Values.Where(s => s.Owner == owner).OrderBy(s => s.Created)]);

    public Task<bool> RemoveAsync(Session session) => Task.FromResult(_sessions.TryRemove(session.Id, out _));
}
