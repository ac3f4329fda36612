using CdrApi.Database;

namespace CdrApi.Tests.Database;

public sealed class AccountTreeTests
{
    // 1 sells to 2 and 3, 3 to 4; 5 and 6 buy from each other.
    private static readonly AccountTree Tree = new(
        [(2, 1), (3, 1), (4, 3), (5, 6), (6, 5)],
        [(10, 1), (20, 2), (21, 2), (30, 3), (40, 4), (50, 5), (60, 6)]);

    [Theory]
    [InlineData(new long[] { 1 }, new long[] { 10, 20, 21, 30, 40 })]
    [InlineData(new long[] { 3 }, new long[] { 30, 40 })]
    [InlineData(new long[] { 4, 3, 4 }, new long[] { 30, 40 })]
    [InlineData(new long[] { 2, 4 }, new long[] { 20, 21, 40 })]
    [InlineData(new long[] { 5 }, new long[] { 50, 60 })]
    [InlineData(new long[] { 99 }, new long[] { })]
    [InlineData(new long[] { }, new long[] { })]
    public void A_customer_has_its_accounts_and_all_below(long[] customers, long[] accounts) =>
        Tree.AccountsBelow(customers).Order().Should().Equal(accounts);
}
