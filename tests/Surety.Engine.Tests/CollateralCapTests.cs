using System.Collections.Generic;
using System.Linq;
using Surety.Engine.Auditing;
using Surety.Engine.Indexes;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

public class CollateralCapTests
{
    private const uint A = FirstTrader;
    private const uint B = FirstTrader + 1;
    private const long Coin = 1_00000000;

    [Fact]
    public void A_coin_without_a_cap_for_the_whole_pool_is_refused_and_so_is_one_that_a_single_source_prices()
    {
        TestVenue venue = Bare();
        Assert.Equal(RefusalCode.CollateralUncapped, venue.Send(CommandKind.CreateAsset, Token(poolCap: 0, index: 1)));
        venue.Must(CommandKind.CreateIndex, new CreateIndex
        {
            Name = ShortName.From("TOKEN_USD"),
            Decimals = 2,
            Quorum = 1,
            MaxAgeMs = 60_000,
        });
        Assert.Equal(RefusalCode.CollateralSources, venue.Send(CommandKind.CreateAsset, Token(poolCap: 1_000 * Coin, index: 2)));
        Assert.Equal(RefusalCode.None, venue.Send(CommandKind.CreateAsset, Token(poolCap: 1_000 * Coin, index: 1)));
        // What only settles needs none.
        Assert.Equal(RefusalCode.None,
            venue.Send(CommandKind.CreateAsset, new CreateAsset { Name = ShortName.From("EUR"), Decimals = 6, CollateralCapAtoms = 1 }));
    }

    [Fact]
    public void A_pool_takes_no_more_of_a_coin_than_its_cap_by_any_way_in_and_what_leaves_makes_room()
    {
        TestVenue venue = WithToken(poolCap: 1_000 * Coin, out ushort token, out ushort[] pools);
        uint[] first = Owners(venue, pools[0]);
        uint[] second = Owners(venue, pools[1], own: first[0]);
        venue.Deposit(first[0], 600 * Coin, token);
        venue.Deposit(first[1], 400 * Coin, token);
        Assert.Equal(RefusalCode.CollateralCapReached,
            venue.Send(CommandKind.Deposit, new Deposit { ToAccount = first[2], Asset = token, AmountAtoms = 1 }));
        Assert.Equal(0, venue.LastDetail);
        // Another pool has its own cap, and a transfer cannot go round it.
        venue.Deposit(second[0], 900 * Coin, token);
        Assert.Equal(RefusalCode.CollateralCapReached,
            Send(venue, CommandKind.Transfer, new Transfer { ToAccount = second[0], Asset = token, AmountAtoms = 101 * Coin }, first[0]));
        Assert.Equal(100 * Coin, venue.LastDetail);
        Assert.Equal(RefusalCode.None,
            Send(venue, CommandKind.Transfer, new Transfer { ToAccount = second[0], Asset = token, AmountAtoms = 100 * Coin }, first[0]));
        Assert.Equal(RefusalCode.None,
            venue.Send(CommandKind.Deposit, new Deposit { ToAccount = first[2], Asset = token, AmountAtoms = 100 * Coin }));
        // A withdrawal that failed comes back, though others have filled its room meanwhile.
        Assert.Equal(RefusalCode.None,
            Send(venue, CommandKind.Withdraw, new Withdraw { Asset = token, AmountAtoms = 50 * Coin }, first[1]));
        ulong id = venue.Events<CommandAccepted>(EventKind.CommandAccepted).Single().Created;
        venue.Deposit(first[0], 50 * Coin, token);
        venue.Must(CommandKind.ConfirmWithdrawal, new ConfirmWithdrawal { WithdrawalId = id, Paid = 0 });
        Assert.Equal(400 * Coin, Balance(venue, first[1], token));
        Assert.Null(Audit.FindViolation(venue.Engine));
        // The sums are derived.
        Dictionary<TableId, byte[]> tables = venue.State.Tables.ToDictionary(t => t.Id, t => t.Pages.ToArray());
        var restored = new IndexedState(venue.State.Genesis);
        restored.Restore(id => tables[id]);
        Assert.Null(Audit.Sums(restored));
    }

    [Fact]
    public void Sixty_four_million_of_an_empty_token_do_not_leave_for_more_than_its_cap_is_worth_in_however_many_accounts()
    {
        // The token stands at 64; the pool takes 10,000 of it. An attacker has a million, and a hundred accounts.
        TestVenue venue = WithToken(poolCap: 10_000 * Coin, out ushort token, out ushort[] pools);
        uint[] others = Owners(venue, pools[0]);
        foreach (uint other in others)
        {
            venue.Deposit(other, 30_000_000 * Dollar);
        }
        long tokens = 0;
        long taken = 0;
        uint owner = Owners(venue, pools[0])[0];
        for (int i = 0; i < 20; i++)
        {
            Send(venue, CommandKind.CreateSubAccount, new CreateSubAccount { Pool = pools[0] }, owner);
            uint account = (uint)venue.State.Counts.Accounts - 1;
            for (long part = 50_000; part > 0; part /= 2)
            {
                tokens += venue.Send(CommandKind.Deposit, new Deposit { ToAccount = account, Asset = token, AmountAtoms = part * Coin })
                    == RefusalCode.None ? part : 0;
            }
            // Lost on purpose to a friend, as a debt against the token: what the friend then takes out.
            long part2 = 0;
            for (long lots = 100_000; lots > 0; lots /= 2)
            {
                int market = venue.State.Counts.Markets - 1;
                bool sold = Send(venue, CommandKind.PlaceOrder, Limit(Side.Sell, 8_800, lots, market: market), others[0])
                    == RefusalCode.None;
                if (sold
                    && Send(venue, CommandKind.PlaceOrder, Limit(Side.Buy, 8_800, lots, TimeInForce.FillOrKill, market: market), account)
                    == RefusalCode.None)
                {
                    part2 += lots * 800 * 1_000;
                }
                Send(venue, CommandKind.CancelAll, new CancelAll(), others[0]);
            }
            taken += part2;
        }
        Assert.Equal(10_000, tokens);
        // 10,000 tokens at 64 with a haircut of a half: 320,000 at most, where 64 million would have stood.
        Assert.InRange(taken, 1, 320_000 * Dollar);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    private static CreateAsset Token(long poolCap, ushort index) =>
        new()
        {
            Name = ShortName.From("TOKEN"),
            Decimals = 8,
            HaircutPpm = 500_000,
            PriceIndexPlusOne = index,
            CollateralCapAtoms = Asset.MaxAmountAtoms,
            PoolCapAtoms = poolCap
        };

    private static TestVenue Bare() => new(4, box => (box.Value.MaxAssets, box.Value.MaxPools, box.Value.MaxAccounts) = (16, 8, 128));

    // Two pools that take the token beside USD, a perpetual in the first; the token's index stands at 64.
    private static TestVenue WithToken(long poolCap, out ushort token, out ushort[] pools)
    {
        TestVenue venue = Bare();
        venue.Must(CommandKind.CreateIndex, new CreateIndex
        {
            Name = ShortName.From("TOKEN_USD"),
            Decimals = 2,
            Quorum = 2,
            MaxAgeMs = 60_000,
        });
        for (uint key = 1; key <= 3; key++)
        {
            venue.Must(CommandKind.SetPriceSource, new SetPriceSource { Index = 1, SourceKey = key, Weight = 1 });
            venue.Must(CommandKind.ReportPrice,
                new ReportPrice { Index = 1, Price = 64_00, ObservedNs = venue.TimeNs, ReportSequence = 10 }, 0, key);
        }
        venue.Must(CommandKind.CreateAsset, Token(poolCap, 2));
        token = (ushort)(venue.State.Counts.Assets - 1);
        pools = new ushort[2];
        for (int i = 0; i < 2; i++)
        {
            CreatePool pool = PoolTerms();
            pool.Name = ShortName.From($"pool{i}");
            pool.Collateral[1] = token;
            pool.Rules.OutflowPpm = PoolRules.Off;
            venue.Must(CommandKind.CreatePool, pool);
            pools[i] = (ushort)(venue.State.Counts.Pools - 1);
        }
        MarketTerms terms = Listing("BTC-TOKEN-POOL", 0).Terms;
        terms.Pool = pools[0];
        venue.Must(CommandKind.ListMarket, new ListMarket { Terms = terms });
        venue.Price(8_001);
        return venue;
    }

    private static readonly Dictionary<(TestVenue Venue, uint Account), uint> Keys = [];

    // Three accounts in a pool: new owners, or sub-accounts of one.
    private static uint[] Owners(TestVenue venue, ushort pool, uint? own = null)
    {
        var accounts = new uint[3];
        for (int i = 0; i < accounts.Length; i++)
        {
            if (own is { } owner)
            {
                Send(venue, CommandKind.CreateSubAccount, new CreateSubAccount { Pool = pool }, owner);
            }
            else
            {
                lock (Keys)
                {
                    Keys[(venue, (uint)venue.State.Counts.Accounts)] = (uint)venue.State.Counts.Keys;
                }
                venue.Must(CommandKind.OpenAccount, new OpenAccount { Pool = pool, Scopes = KeyScopes.Customer });
            }
            accounts[i] = (uint)venue.State.Counts.Accounts - 1;
        }
        return accounts;
    }

    private static RefusalCode Send<T>(TestVenue venue, CommandKind kind, T command, uint account)
        where T : unmanaged
    {
        lock (Keys)
        {
            return venue.Send(kind, command, account, Keys[(venue, venue.State.Accounts[(int)account].Owner)]);
        }
    }

    private static long Balance(TestVenue venue, uint account, ushort asset)
    {
        Pool pool = venue.State.Pools[venue.State.Accounts[(int)account].Pool];
        int slot = Enumerable.Range(0, pool.CollateralCount).Single(i => pool.Collateral[i] == asset);
        return venue.State.Accounts[(int)account].Balances[slot];
    }
}
