namespace CdrApi.Cdrs.Formats;

/// <summary>How a format frames rows and writes text; numbers look the same in all of them.</summary>
internal interface IRowFormat
{
    /// <summary>What stands before a field's value: the end of the one before it, and its name if rows have names.</summary>
    static abstract string BeforeField(int index, string name);

    static abstract ReadOnlySpan<byte> AfterRow { get; }

    static abstract ReadOnlySpan<byte> Null { get; }

    /// <summary>What stands around plain text, before and after.</summary>
    static abstract ReadOnlySpan<byte> Quote { get; }

    /// <summary>Whether the text may stand between two <see cref="Quote"/> as it is.</summary>
    static abstract bool IsPlain(ReadOnlySpan<byte> utf8);

    /// <summary>Any text.</summary>
    static abstract void WriteText(SliceBuffer buffer, ReadOnlySpan<byte> utf8);
}
