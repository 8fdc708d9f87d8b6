using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using Surety.Engine.State;
using Surety.Journal;
using Surety.Node;
using Surety.Node.Identity;
using Surety.Node.Instruments;
using Surety.Node.Sequencing;
using Surety.Node.Settings;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Replay.Signing;
using Surety.Replay.Venues;
using Surety.Simulation;

namespace Surety.Cli.Serving;

/// <summary>
/// The venue that <c>surety node</c> makes in an empty directory: perpetuals, a dated future and options on Bitcoin and Ether, margined
/// in USDC, with BTC and ETH as further collateral, and three price sources for every index.
/// </summary>
internal sealed class DefaultVenue(VenueNode node)
{
    /// <summary>Price sources of each index.</summary>
    public const int Sources = 3;

    /// <summary>Nodes of each volatility surface: two tenors by three moneynesses.</summary>
    public const int SurfaceNodes = 6;

    private const long Usdc = 1_000_000;
    private const long DayNs = 86_400_000_000_000;

    /// <summary>
    /// Underlyings: base, name of the index, decimals of its price, index units of a future's tick and of an option's, distance of strikes.
    /// </summary>
    public static IReadOnlyList<(string Base, string Index, int Decimals, long FutureTick, long OptionTick, long StrikeStep,
        long MaxPrice)> Underlyings
    { get; } =
    [
        ("BTC", "BTC_USDC", 2, 50, 500, 500_00, 150_000_00),
        ("ETH", "ETH_USDC", 2, 5, 10, 10_00, 8_000_00),
    ];

    /// <summary>
    /// Makes the journal with its genesis record where there is none. The operator's key is made, too, and kept beside it.
    /// </summary>
    /// <param name="directory">The venue's directory.</param>
    /// <param name="name">Its name.</param>
    /// <param name="settings">The delays that it begins with, and what its identity folder is sealed with; the defaults without.</param>
    public static bool CreateIfEmpty(string directory, string name, NodeSettings? settings = null)
    {
        if (Exists(directory))
        {
            return false;
        }
        if (!Directory.Exists(directory))
        {
            PrivateFiles.CreateDirectory(directory);
        }
        IdentityVault vault = IdentityVault.Open(directory, settings ?? new NodeSettings());
        using SigningKey operatorKey = vault.FindKey("operator") ?? vault.MakeKey("operator");
        Genesis genesis = Genesis.Default(name, operatorKey.PublicKey, VenueClock.WallNs());
        genesis.MaxMarkets = 192;
        genesis.PositionsPerAccount = 16;
        genesis.ClientOrdersPerAccount = 64;
        genesis.BlockMs = 1_000;
        WithdrawalSettings withdrawals = settings?.Withdrawals ?? new WithdrawalSettings();
        genesis.AddressDelaySeconds = withdrawals.AddressDelaySeconds;
        genesis.KeyDelaySeconds = withdrawals.KeyDelaySeconds;
        genesis.ConfirmSeconds = withdrawals.ConfirmSeconds;
        using Venue venue = Venue.Create(directory, in genesis);
        return true;
    }

    /// <summary>Whether there is a venue in a directory.</summary>
    public static bool Exists(string directory) =>
        JournalDirectory.Exists(directory) && Directory.GetFiles(Path.Combine(directory, "journal"), "*.seg").Length > 0;

    /// <summary>Number of an underlying's price index.</summary>
    public static ushort IndexOf(int underlying) => (ushort)(underlying * (1 + SurfaceNodes));

    /// <summary>Key numbers of the price sources: they follow the operator's.</summary>
    public static uint SourceKey(int source) => 1 + (uint)source;

    /// <summary>
    /// Lists everything that is not listed yet; a crash on the way is mended by the next start. Options come once the indices have prices.
    /// </summary>
    public async Task SetUpAsync(Func<Task> reportPrices)
    {
        VenueState state = node.Venue.State;
        for (int s = state.Counts.Keys - 1; s < Sources; s++)
        {
            using SigningKey key = node.Vault.FindKey($"source-{s + 1}") ?? node.Vault.MakeKey($"source-{s + 1}");
            await Must(CommandKind.AddKey, new AddKey { PublicKey = key.PublicKey, Scopes = KeyScopes.Report });
        }
        for (int u = 0; u < Underlyings.Count; u++)
        {
            await ListIndexes(u);
        }
        await ListAssetsAndPool();
        long expiry = NextFriday(state.TimeNs + (14 * DayNs));
        string day =
            new DateTime(1970, 1, 1).AddTicks(expiry / 100).ToString("dMMMyy", System.Globalization.CultureInfo.InvariantCulture)
                .ToUpperInvariant();
        bool hasFuture = false;
        for (int m = 0; m < state.Counts.Markets; m++)
        {
            hasFuture |= state.Markets[m].Kind == MarketKind.LinearFuture;
        }
        for (int u = 0; u < Underlyings.Count; u++)
        {
            await ListMarket($"{Underlyings[u].Index}-PERPETUAL", u, 0);
            if (!hasFuture)
            {
                await ListMarket($"{Underlyings[u].Index}-{day}", u, expiry);
            }
        }
        await reportPrices();
        for (int u = state.Counts.ListingSchedules; u < Underlyings.Count; u++)
        {
            await Must(CommandKind.ScheduleListings, Schedule(u));
        }
        if (state.Assets[0].DepositedAtoms == 0)
        {
            await Must(CommandKind.Deposit, new Deposit
            {
                ToAccount = state.Pools[0].InsuranceAccount,
                Asset = 0,
                AmountAtoms = 5_000_000 * Usdc,
            });
        }
    }

    private async Task ListIndexes(int u)
    {
        (string coin, string index, int decimals, _, _, _, long maxPrice) = Underlyings[u];
        int first = IndexOf(u);
        for (int i = node.Venue.State.Counts.Indexes - first; i <= SurfaceNodes; i++)
        {
            bool volatility = i > 0;
            await Must(CommandKind.CreateIndex, new CreateIndex
            {
                Name = ShortName.From(volatility ? $"{coin}_VOL_{i}" : index),
                Decimals = (ushort)(volatility ? 4 : decimals),
                Quorum = 2,
                MaxAgeMs = volatility ? 120_000 : 15_000,
                AbsentMs = 600_000,
                WidePpm = 50_000,
                MaxPrice = volatility ? 100_000 : maxPrice,
                QuarantinePpm = volatility ? 1_000_000 : 0,
            });
        }
        for (int i = 0; i <= SurfaceNodes; i++)
        {
            for (int s = node.Venue.State.Indexes[first + i].SourceCount; s < Sources; s++)
            {
                await Must(CommandKind.SetPriceSource, new SetPriceSource
                {
                    Index = (ushort)(first + i),
                    SourceKey = SourceKey(s),
                    Weight = 1,
                    JumpPpm = i > 0 ? 1_000_000 : 0,
                });
            }
        }
        if (node.Venue.State.Counts.Surfaces <= u)
        {
            var surface = new CreateSurface { Underlying = (ushort)first, TenorCount = 2, MoneynessCount = 3 };
            surface.TenorMinutes[0] = 7 * 1_440;
            surface.TenorMinutes[1] = 60 * 1_440;
            surface.MoneynessMilli[0] = -500;
            surface.MoneynessMilli[2] = 500;
            for (int n = 0; n < SurfaceNodes; n++)
            {
                surface.Nodes0[n] = (ushort)(first + 1 + n);
            }
            await Must(CommandKind.CreateSurface, surface);
        }
    }

    private async Task ListAssetsAndPool()
    {
        VenueState state = node.Venue.State;
        if (state.Counts.Assets < 1)
        {
            await Must(CommandKind.CreateAsset, new CreateAsset
            {
                Name = ShortName.From("USDC"),
                Decimals = 6,
                CollateralCapAtoms = Asset.MaxAmountAtoms,
            });
        }
        for (int u = state.Counts.Assets - 1; u < Underlyings.Count; u++)
        {
            await Must(CommandKind.CreateAsset, new CreateAsset
            {
                Name = ShortName.From(Underlyings[u].Base),
                Decimals = 8,
                HaircutPpm = 100_000,
                PriceIndex = OptionalId.Of(IndexOf(u)),
                CollateralCapAtoms = 1_000_00000000,
                PoolCapAtoms = 20_000_00000000,
            });
        }
        if (state.Counts.Pools < 1)
        {
            await Must(CommandKind.CreatePool, Listings.MainPool(3));
        }
    }

    private async Task ListMarket(string name, int u, long expiryNs)
    {
        if (node.Catalog.Current.Find(name) is null)
        {
            await Must(CommandKind.ListMarket,
                new ListMarket
                {
                    Terms =
                Terms(name, u, expiryNs == 0 ? MarketKind.LinearPerpetual : MarketKind.LinearFuture, Underlyings[u].FutureTick,
                    expiryNs)
                });
        }
    }

    private static ScheduleListings Schedule(int u) => new()
    {
        Terms = Terms(Underlyings[u].Index, u, MarketKind.Contract, Underlyings[u].OptionTick, 0),
        StrikeStep = Underlyings[u].StrikeStep,
        StrikesEachSide = 3,
        Weeks = 1,
        Months = 1,
        Surface = OptionalId.Of(u),
    };

    // A lot is a thousandth of a bitcoin, a hundredth of an ether; of an option a hundredth of a bitcoin, a tenth of an ether.
    private static MarketTerms Terms(string name, int u, MarketKind kind, long tick, long expiryNs) => Listings.Served(
        name, kind, IndexOf(u), lotsPerCoin: (u == 0 ? 1_000 : 100) / (kind == MarketKind.Contract ? 10 : 1), tick, Underlyings[u].MaxPrice,
        expiryNs);

    // 08:00 UTC of the first Friday not before a time; 2 January 1970 was one.
    private static long NextFriday(long ns)
    {
        long day = (ns / DayNs) + 1;
        while (day % 7 != 1)
        {
            day++;
        }
        return (day * DayNs) + (8 * 3_600_000_000_000);
    }

    private async Task Must<T>(CommandKind kind, T command)
        where T : unmanaged
    {
        Outcome outcome = await node.Operator.SubmitAsync(kind, command);
        if (outcome.Code != RefusalCode.None)
        {
            throw new InvalidOperationException(
                $"setting the venue up: {kind}: {RefusalWords.Of(outcome.Code, outcome.Detail, default, node.Catalog.Current)}");
        }
    }
}
