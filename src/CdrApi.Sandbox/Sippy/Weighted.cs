namespace CdrSandbox.Sippy;

/// <summary>Draws items, each as often as its weight says.</summary>
internal sealed class Weighted<T>
{
    private readonly T[] _items;
    private readonly double[] _upTo;

    public Weighted(IEnumerable<(T Item, double Weight)> items)
    {
        var list = items.ToList();
        _items = [.. list.Select(item => item.Item)];
        var sum = 0d;
        _upTo = [.. list.Select(item => sum += item.Weight)];
    }

    public T Next(Random random)
    {
        var index = Array.BinarySearch(_upTo, random.NextDouble() * _upTo[^1]);
        return _items[Math.Min(index < 0 ? ~index : index + 1, _items.Length - 1)];
    }
}
