using System.Linq;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

/// <summary>Who may add and end keys: never beyond what the key that signs has itself.</summary>
public sealed class KeyPowerTests
{
    private const uint A = FirstTrader;

    private static readonly KeyScopes[] Every =
        [.. Enumerable.Range(1, (int)KeyScopes.Customer).Select(s => (KeyScopes)s).Where(s => (s & ~KeyScopes.Customer) == 0)];

    [Fact]
    public void A_key_adds_exactly_keys_whose_scopes_it_has_itself()
    {
        TestVenue venue = new TestVenue(change: box => box.Value.MaxKeys = 4_096);
        foreach (KeyScopes own in Every.Where(s => (s & KeyScopes.Admin) != 0))
        {
            uint key = Add(venue, own);
            foreach (KeyScopes wanted in Every)
            {
                RefusalCode expected = (wanted & ~own) == 0 ? RefusalCode.None : RefusalCode.ScopeBeyondOwn;
                Assert.Equal(expected, venue.Send(CommandKind.AddKey, new AddKey { Scopes = wanted }, A, key));
            }
        }
    }

    [Fact]
    public void The_operators_keys_are_bound_like_everyones()
    {
        TestVenue venue = new TestVenue();
        venue.Must(CommandKind.AddKey, new AddKey { Scopes = KeyScopes.Admin | KeyScopes.Govern });
        uint governs = Last(venue);
        Assert.Equal(RefusalCode.ScopeBeyondOwn, venue.Send(CommandKind.AddKey, new AddKey { Scopes = KeyScopes.Custody }, 0, governs));
        Assert.Equal(RefusalCode.ScopeBeyondOwn, venue.Send(CommandKind.RevokeKey, new RevokeKey { RevokedKey = 0 }, 0, governs));
        Assert.Equal(RefusalCode.None, venue.Send(CommandKind.AddKey, new AddKey { Scopes = KeyScopes.Govern }, 0, governs));
    }

    [Fact]
    public void A_key_that_ends_adds_none_that_lasts_longer()
    {
        TestVenue venue = new TestVenue();
        long end = venue.TimeNs + 3_600_000_000_000;
        uint key = Add(venue, KeyScopes.Customer, end);
        Assert.Equal(RefusalCode.ExpiryBeyondOwn, venue.Send(CommandKind.AddKey, new AddKey { Scopes = KeyScopes.Trade }, A, key));
        Assert.Equal(RefusalCode.ExpiryBeyondOwn,
            venue.Send(CommandKind.AddKey, new AddKey { Scopes = KeyScopes.Trade, KeyExpiresNs = end + 1 }, A, key));
        Assert.Equal(RefusalCode.None, venue.Send(CommandKind.AddKey, new AddKey { Scopes = KeyScopes.Trade, KeyExpiresNs = end }, A, key));
    }

    [Fact]
    public void A_key_ends_keys_within_its_scopes_and_never_the_last_that_can_add_others()
    {
        TestVenue venue = new TestVenue();
        uint own = KeyOf(A);
        Assert.Equal(RefusalCode.LastAdminKey, venue.Send(CommandKind.RevokeKey, new RevokeKey { RevokedKey = own }, A, own));
        uint trades = Add(venue, KeyScopes.Trade | KeyScopes.Read);
        uint administers = Add(venue, KeyScopes.Admin);
        uint brief = Add(venue, KeyScopes.Customer, venue.TimeNs + 3_600_000_000_000);
        Assert.Equal(RefusalCode.ScopeMissing, venue.Send(CommandKind.RevokeKey, new RevokeKey { RevokedKey = trades }, A, trades));
        Assert.Equal(RefusalCode.ScopeBeyondOwn, venue.Send(CommandKind.RevokeKey, new RevokeKey { RevokedKey = trades }, A, administers));
        Assert.Equal(RefusalCode.ScopeBeyondOwn, venue.Send(CommandKind.RevokeKey, new RevokeKey { RevokedKey = own }, A, administers));
        Assert.Equal(RefusalCode.None, venue.Send(CommandKind.RevokeKey, new RevokeKey { RevokedKey = trades }, A, brief));
        Assert.Equal(RefusalCode.None, venue.Send(CommandKind.RevokeKey, new RevokeKey { RevokedKey = administers }, A, administers));
        // The one that expires is not counted: it would leave the owner without any.
        Assert.Equal(RefusalCode.LastAdminKey, venue.Send(CommandKind.RevokeKey, new RevokeKey { RevokedKey = own }, A, brief));
        Assert.Equal(RefusalCode.None, venue.Send(CommandKind.RevokeKey, new RevokeKey { RevokedKey = brief }, A, own));
    }

    private static uint Add(TestVenue venue, KeyScopes scopes, long expiresNs = 0)
    {
        venue.Must(CommandKind.AddKey, new AddKey { Scopes = scopes, KeyExpiresNs = expiresNs }, A);
        return Last(venue);
    }

    private static uint Last(TestVenue venue) => (uint)venue.State.Counts.Keys - 1;
}
