using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Text;
using Surety.Core.Hashing;
using Surety.Engine.State;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Node.Operating;

/// <summary>A field of an operator's command: its name, what it says, whether it must be there.</summary>
public sealed record OperatorField(string Name, string About, bool Required = false);

/// <summary>
/// Something that an operator does: from words to the records that say it, without account, key, nonce and signature. The same at the
/// venue, which signs for a key that it holds, and in the command line, which signs where the key is kept.
/// </summary>
/// <param name="Name">Of the API's method after surety/operator_; with - for _, of the command line's command.</param>
/// <param name="About">One sentence.</param>
/// <param name="Scope">What the key must be allowed to do.</param>
/// <param name="Fields">Its fields.</param>
/// <param name="Make">Makes the records.</param>
public sealed record OperatorCommand(string Name, string About, KeyScopes Scope, IReadOnlyList<OperatorField> Fields,
    Func<OperatorText, VenueListing, long, List<byte[]>> Make)
{
    /// <summary>The records of fields given by name.</summary>
    /// <param name="given">The fields.</param>
    /// <param name="listing">What is listed.</param>
    /// <param name="nowNs">The venue's time.</param>
    /// <exception cref="OperateException">A field is not known, or not what it should be.</exception>
    public List<byte[]> Records(IReadOnlyDictionary<string, string> given, VenueListing listing, long nowNs)
    {
        foreach (string name in given.Keys.Where(n => Fields.All(f => f.Name != n)))
        {
            throw new OperateException(name, $"{Name} has no such field; it has {string.Join(", ", Fields.Select(f => f.Name))}");
        }
        var text = new OperatorText(given);
        foreach (OperatorField field in Fields.Where(f => f.Required))
        {
            text.Needed(field.Name);
        }
        return Make(text, listing, nowNs);
    }
}

/// <summary>Everything that an operator does, by name.</summary>
public static class OperatorCommands
{
    // An hour is the least; the minute is for the way to the venue.
    private const long NoticeNs = 3_660_000_000_000;

    private static readonly OperatorField IndexName = new("index_name", "The index, as surety/get_indexes names it", true);
    private static readonly OperatorField InstrumentName = new("instrument_name", "The market", true);
    private static readonly OperatorField Activate =
        new("activate", "When it acts, milliseconds since 1970 or a time; an hour and a minute from now by default");

    private static readonly (string Name, string Rule)[] Rules =
    [
        ("profit_haircut", nameof(PoolRules.ProfitHaircutPpm)), ("transfer_margin", nameof(PoolRules.TransferMarginPpm)),
        ("outflow_per_hour", nameof(PoolRules.OutflowPpm)),
        ("fund_loss_per_hour", nameof(PoolRules.FundLossPpm)), ("fund_per_index", nameof(PoolRules.FundMarketPpm)),
        ("reserve_discount", nameof(PoolRules.BackstopDiscountPpm)),
        ("liquidation_rate", nameof(PoolRules.LiquidationRatePpm)), ("scan_range", nameof(PoolRules.ScanPpm)),
        ("takeover_charge", nameof(PoolRules.TakeoverChargePpm)),
        ("debt_rate", nameof(PoolRules.DebtRatePpm)), ("inventory", nameof(PoolRules.InventoryPpm)),
    ];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<OperatorCommand> All { get; } = [.. Setup(), .. Markets(), .. People(), .. Limits()];

    private static IEnumerable<OperatorCommand> Setup() =>
    [
        new("create_asset", "Lists an asset: something that can be deposited", KeyScopes.Govern,
            [new("name", "Its name", true), new("decimals", "Decimals of its smallest unit, 0 to 12", true),
                new("haircut", "Taken off its price as collateral, a part of one"),
                new("collateral_cap", "Most that counts for one account"),
                new("pool_cap", "Most that a pool takes of it, all accounts together; needed for an asset with a price"),
                new("price_index", "Its price's index; none for an asset that only settles")],
            (t, v, _) => One(CommandKind.CreateAsset, new CreateAsset
            {
                Name = t.Name("name"),
                Decimals = (ushort)t.Whole("decimals", 0, 12),
                HaircutPpm = t.Ppm("haircut", 0),
                CollateralCapAtoms = t.Scaled("collateral_cap", (int)t.Whole("decimals", 0, 12), Asset.MaxAmountAtoms),
                PoolCapAtoms = t.Scaled("pool_cap", (int)t.Whole("decimals", 0, 12), 0),
                PriceIndex = t.Has("price_index") ? OptionalId.Of(v.Index("price_index", t.Needed("price_index")).Number) : OptionalId.None,
            })),
        new("create_pool", "Makes a pool: accounts and markets that are margined together, with their insurance fund", KeyScopes.Govern,
            [new("name", "Its name", true), new("collateral", "Assets between commas; the first is what its markets settle in", true),
                new("fee_tiers", "FROM_VOLUME:MAKER/TAKER between commas, for example 0:0.0001/0.0005", true),
                new("liquidation_fee", "Part of notional; 0.005 by default"),
                .. Rules.Select(r => new OperatorField(r.Name, "A rule of docs/controls.md, a part of one; 0 switches it off")),
                new("free_amount", "Amounts that trip no breaker"), new("bid_delay_s", "How long a backstop bid must have stood"),
                new("deleverage_hedges", "true when hedges are deleveraged like other positions")], Pool),
        new("create_index", "Makes a price index, without sources yet", KeyScopes.Govern,
            [new("name", "Its name", true), new("decimals", "Decimals of its price, 0 to 9", true),
                new("quorum", "Sources that it needs", true), new("max_age_s", "How old a report may be, seconds", true),
                new("min_price", "Prices at or below are refused"), new("max_price", "Prices at or above are refused"),
                new("jump_floor", "Relative limits count a price as at least so far from zero"),
                new("absent_s", "When a silent source no longer counts"),
                new("quarantine", "Moves beyond this part wait to be confirmed"), new("confirm_s", "How long sources must stand by them"),
                new("wide", "Spread of sources that is doubt"), new("confidence", "Widest confidence of a report"),
                new("slow_s", "Window of the slow price"),
                new("outlier", "Distance that is an outlier"), new("slash", "Part of a bond that is lost"),
                new("outlier_limit", "Outliers until it is"), new("bond_window_s", "In so long"),
                new("bond_pool", "The pool in whose settlement asset bonds are held")], Index),
        new("set_source", "Adds a price source to an index, or changes it; its key is one of the operator's with the scope report",
            KeyScopes.Govern,
            [IndexName, new("source_key", "The key's number", true), new("weight", "1 by default"),
                new("jump", "How far a report may lie from its last; 0.3 by default"), new("min_price", "The feed's floor"),
                new("max_price", "The feed's cap")],
            (t, v, _) => Source(t, v, (uint)t.Whole("weight", 1, 1_000_000, 1))),
        new("remove_source", "Takes a price source off an index", KeyScopes.Govern,
            [IndexName, new("source_key", "The key's number", true)], (t, v, _) => Source(t, v, 0)),
        new("create_surface", "Makes a volatility surface over indices whose prices are volatilities", KeyScopes.Govern,
            [IndexName, new("tenors_days", "Days between commas, rising", true),
                new("moneyness", "ln(strike / forward) / √years between commas, rising", true),
                new("nodes", "Names of indices between commas: tenor by tenor, each with all moneynesses", true)], Surface),
    ];

    private static IEnumerable<OperatorCommand> Markets() =>
    [
        new("list_market", "Lists a perpetual, or with an expiry a future, on the index named", KeyScopes.Govern,
            [InstrumentName, IndexName, new("expiry", "When it settles, milliseconds since 1970 or a time; none for a perpetual"),
                .. TermsText.Fixed, .. TermsText.Changeable], (t, v, _) =>
            {
                long expiry = t.TimeNs("expiry", 0);
                MarketTerms terms =
                    TermsText.New(t, v, expiry == 0 ? MarketKind.LinearPerpetual : MarketKind.LinearFuture, "instrument_name");
                terms.ExpiryNs = expiry;
                return One(CommandKind.ListMarket, new ListMarket { Terms = terms });
            }),
        new("list_contract", "Lists a market for a contract's text", KeyScopes.Govern,
            [InstrumentName, IndexName, new("text", "The contract; surety terms check tells whether it can be listed", true),
                new("expiry", "As the text says", true), new("surface", "Number of the volatility surface that it is marked from"),
                .. TermsText.Fixed, .. TermsText.Changeable], Contract),
        new("schedule_listings", "Lists calls and puts on an index by itself each day at 08:00 UTC", KeyScopes.Govern,
            [new("pair", "The pair that their names begin with, for example BTC_USDC", true), IndexName,
                new("surface", "Number of the volatility surface", true), new("strike_step", "Distance of strikes", true),
                new("strikes_each_side", "Strikes on each side of the index", true),
                new("weeks", "Fridays"), new("months", "Last Fridays of months"), new("quarters", "Last Fridays of quarters"),
                .. TermsText.Fixed, .. TermsText.Changeable], (t, v, _) =>
            One(CommandKind.ScheduleListings, new ScheduleListings
            {
                Terms = TermsText.New(t, v, MarketKind.Contract, "pair"),
                StrikeStep = t.Scaled("strike_step", v.Index("index_name", t.Needed("index_name")).Decimals),
                StrikesEachSide = (ushort)t.Whole("strikes_each_side", 0, 50),
                Weeks = (ushort)t.Whole("weeks", 0, 30, 0),
                Months = (ushort)t.Whole("months", 0, 30, 0),
                Quarters = (ushort)t.Whole("quarters", 0, 30, 0),
                Surface = OptionalId.Of(t.Whole("surface", 0, 1_000)),
            })),
        new("change_market", "Posts a change of terms, which is checked in shadow on the live state before it acts", KeyScopes.Govern,
            [InstrumentName, Activate, .. TermsText.Changeable], (t, v, now) =>
        {
            ListedMarket market = v.Market("instrument_name", t.Needed("instrument_name"));
            MarketTerms terms = market.Read();
            TermsText.Change(t, v.Indexes[terms.Index], ref terms, v.MoneyDecimals(terms.Pool));
            return One(CommandKind.ChangeMarket, new ChangeMarket
            {
                Market = (uint)market.Number,
                ActivateNs = t.TimeNs("activate", now + NoticeNs),
                Terms = terms,
            });
        }),
        new("set_status", "Halts a market, lets it only reduce, or opens it through a call auction", KeyScopes.Govern,
            [InstrumentName, new("status", "trading, reduce_only or halted", true)], (t, v, _) =>
            One(CommandKind.SetMarketStatus, new SetMarketStatus
            {
                Market = (ushort)v.Market("instrument_name", t.Needed("instrument_name")).Number,
                Status = t.Needed("status") switch
                {
                    "trading" => MarketStatus.Trading,
                    "reduce_only" => MarketStatus.ReduceOnly,
                    "halted" => MarketStatus.Halted,
                    var other => throw new OperateException("status", $"expected trading, reduce_only or halted, found '{other}'"),
                },
            })),
        new("set_fees", "Announces a pool's new fees, at least an hour before they act", KeyScopes.Govern,
            [new("pool", "The pool", true),
                new("fee_tiers", "FROM_VOLUME:MAKER/TAKER between commas, for example 0:0.0001/0.0005; as they are by default"),
                new("liquidation_fee", "Part of notional; as it is by default"), Activate], (t, v, now) =>
            {
                ListedPool pool = v.Pool("pool", t.Needed("pool"));
                if (!t.Has("fee_tiers") && !t.Has("liquidation_fee"))
                {
                    throw new OperateException("fee_tiers", "fee_tiers or liquidation_fee is needed");
                }
                OperatorText fees = t.Has("fee_tiers")
                    ? t
                    : new OperatorText(new Dictionary<string, string> { ["fee_tiers"] = pool.FeeTiers });
                (Eight<FeeTier> tiers, ushort count) = fees.FeeTiers("fee_tiers", v.MoneyDecimals(pool.Number));
                return One(CommandKind.SetFees, new SetFees
                {
                    Pool = (ushort)pool.Number, FeeTierCount = count, FeeTiers = tiers,
                        LiquidationFeePpm = t.Ppm("liquidation_fee", pool.LiquidationFeePpm),
                        ActivateNs = t.TimeNs("activate", now + NoticeNs),
                });
            }),
        new("confirm_price", "Says yes to the price that an index holds in quarantine: needed beyond a factor of three", KeyScopes.Govern,
            [IndexName, new("price", "The price", true),
                new("tolerance", "How far it may have moved since, a part of one, to 0.1; 0 by default")], (t, v, _) =>
            {
                ListedIndex index = v.Index("index_name", t.Needed("index_name"));
                return One(CommandKind.ConfirmIndexPrice, new ConfirmIndexPrice
                {
                    Index = (ushort)index.Number,
                    Price = t.Scaled("price", index.Decimals),
                    TolerancePpm = t.Ppm("tolerance", 0),
                });
            }),
    ];

    private static IEnumerable<OperatorCommand> People() =>
    [
        new("open_account", "Opens an account for a customer's public key", KeyScopes.Govern,
            [new("public_key", "X and Y of the customer's P-256 key, base64", true), new("pool", "The pool; the first by default"),
                new("scopes", "What the key may do; trade,withdraw,admin,read by default"), new("expires", "When the key ends")],
                (t, v, _) =>
            One(CommandKind.OpenAccount, new OpenAccount
            {
                PublicKey = t.Key("public_key"),
                Pool = (ushort)(t.Has("pool") ? v.Pool("pool", t.Needed("pool")).Number : 0),
                Scopes = t.Scopes("scopes", KeyScopes.Customer),
                KeyExpiresNs = t.TimeNs("expires", 0),
            })),
        new("add_key", "Gives the operator a further key: a price source's (report), custody's (custody)", KeyScopes.Admin,
            [new("public_key", "X and Y of the key, base64", true),
                new("scopes", "Some of trade, withdraw, admin, read, govern, custody, report, seal, between commas", true),
                new("expires", "When it ends")],
            (t, _, _) =>
                One(CommandKind.AddKey,
                    new AddKey { PublicKey = t.Key("public_key"), Scopes = t.Scopes("scopes"), KeyExpiresNs = t.TimeNs("expires", 0) })),
        new("revoke_key", "Ends a key of the operator's", KeyScopes.Admin, [new("revoked_key", "Its number", true)],
            (t, _, _) => One(CommandKind.RevokeKey, new RevokeKey { RevokedKey = (uint)t.Whole("revoked_key", 0, uint.MaxValue) })),
        new("credit_deposit", "Credits an account with what custody has received", KeyScopes.Custody,
            [new("account", "Its number", true), new("currency", "The asset", true), new("amount", "How much", true)], (t, v, _) =>
        {
            ListedAsset asset = v.Asset("currency", t.Needed("currency"));
            return One(CommandKind.Deposit, new Deposit
            {
                ToAccount = (uint)t.Whole("account", 1, uint.MaxValue),
                Asset = (ushort)asset.Number,
                AmountAtoms = t.Scaled("amount", asset.Decimals),
            });
        }),
        new("confirm_withdrawal", "Says that a withdrawal has left custody, or failed and goes back", KeyScopes.Custody,
            [new("withdrawal", "The engine's number", true), new("paid", "true by default; false gives it back")],
            (t, _, _) =>
                One(CommandKind.ConfirmWithdrawal,
                    new ConfirmWithdrawal { WithdrawalId = (ulong)t.Whole("withdrawal", 1, long.MaxValue), Paid = t.Flag("paid", true)
                    ? 1u
                    : 0u })),
    ];

    private static IEnumerable<OperatorCommand> Limits() =>
    [
        new("link_owners", "Declares that two owners are one person, for good: one set of limits, no bids for each other's positions",
            KeyScopes.Govern, [new("owner", "A master account's number", true), new("with", "Another's", true)],
            (t, _, _) =>
                One(CommandKind.LinkOwners,
                    new LinkOwners { Owner = (uint)t.Whole("owner", 0, uint.MaxValue), With = (uint)t.Whole("with", 0, uint.MaxValue) })),
        new("set_withdrawal_terms", "Changes the delays: longer ones act at once, shorter ones wait as long as the longest that stands",
            KeyScopes.Govern,
            [new("address_delay", "How long a new address waits, seconds", true),
                new("key_delay", "How old a key must be to ask or confirm, seconds", true),
                new("confirm", "How long a withdrawal waits for its approval, seconds", true)],
            (t, _, _) => One(CommandKind.SetWithdrawalTerms, new SetWithdrawalTerms
            {
                AddressDelaySeconds = Int(t, "address_delay", 0), KeyDelaySeconds = Int(t, "key_delay", 0),
                    ConfirmSeconds = Int(t, "confirm", 0),
            })),
        new("grow", "Raises the room of a table, at most to twice what it is", KeyScopes.Govern,
            [new("table", "accounts, keys, orders, triggers, twaps or withdrawals", true), new("capacity", "Rows from now on", true)],
            (t, _, _) => One(CommandKind.GrowCapacity, new GrowCapacity { Table = (uint)Table(t), Capacity = Int(t, "capacity", 1) })),
        new("set_limits", "Sets what owners may hold; what is not given stays", KeyScopes.Govern,
            [
                new("owner", "A master account, whose factor is set; without it, the terms of all"),
                new("factor", "The owner's limits are the venue's times this, 1 to 1,000"),
                new("sub_accounts", "Sub-accounts of an owner"), new("keys", "Keys of an owner"),
                new("orders", "Resting orders of an owner"), new("triggers", "Triggers of an owner"),
                new("twaps", "TWAPs of an owner"), new("withdrawals", "Withdrawals of an owner under way"),
                new("free_sub_accounts", "Without a fee; -1 for none"),
                new("free_keys", "Without a fee; -1 for none"),
                new("fee_milli", "What each further one costs, thousandths of a unit of the settlement asset; -1 for nothing"),
                new("refusals", "Refused commands of an owner in a minute that count towards the breaker"),
                new("key_rest_minutes", "How long the row of a dead key rests"),
            ],
            (t, _, _) => One(CommandKind.SetOwnerLimits, new SetOwnerLimits
            {
                Owner = t.Has("owner") ? OptionalId.Of(t.Whole("owner", 0, int.MaxValue - 1)) : OptionalId.None,
                Factor = Given(t, "factor"),
                SubAccounts = Given(t, "sub_accounts"),
                Keys = Given(t, "keys"),
                Orders = Given(t, "orders"),
                Triggers = Given(t, "triggers"),
                Twaps = Given(t, "twaps"),
                Withdrawals = Given(t, "withdrawals"),
                FreeSubAccounts = Given(t, "free_sub_accounts"),
                FreeKeys = Given(t, "free_keys"),
                RowFeeMilli = Given(t, "fee_milli"),
                Refusals = Given(t, "refusals"),
                KeyRestMinutes = Given(t, "key_rest_minutes"),
            })),
    ];

    // 0 leaves a term as it is.
    private static int Given(OperatorText t, string name) => (int)t.Whole(name, int.MinValue, int.MaxValue, 0);

    private static int Int(OperatorText t, string name, long least) => (int)t.Whole(name, least, int.MaxValue);

    private static TableId Table(OperatorText t) => t.Needed("table") switch
    {
        "accounts" => TableId.Accounts,
        "keys" => TableId.Keys,
        "orders" => TableId.Orders,
        "triggers" => TableId.Triggers,
        "twaps" => TableId.Twaps,
        "withdrawals" => TableId.Withdrawals,
        var other =>
            throw new OperateException("table", $"expected accounts, keys, orders, triggers, twaps or withdrawals, found '{other}'"),
    };

    private static List<byte[]> Pool(OperatorText t, VenueListing v, long now)
    {
        ListedAsset[] collateral = [.. t.Parts("collateral").Select(n => v.Asset("collateral", n))];
        if (collateral.Length is 0 or > Protocol.Rows.Pool.MaxCollateral)
        {
            throw new OperateException("collateral",
                $"expected 1 to {Protocol.Rows.Pool.MaxCollateral} assets between commas, found {collateral.Length}");
        }
        (Eight<FeeTier> tiers, ushort count) = t.FeeTiers("fee_tiers", collateral[0].Decimals);
        var pool =
            new CreatePool
            {
                Name =
                t.Name("name"),
                CollateralCount = (ushort)collateral.Length,
                FeeTiers = tiers,
                FeeTierCount = count,
                LiquidationFeePpm = t.Ppm("liquidation_fee", 5_000)
            };
        for (int i = 0; i < collateral.Length; i++)
        {
            pool.Collateral[i] = (ushort)collateral[i].Number;
        }
        object rules = pool.Rules;
        foreach ((string name, string rule) in Rules.Where(r => t.Has(r.Name)))
        {
            int ppm = t.Ppm(name);
            typeof(PoolRules).GetField(rule)!.SetValue(rules, ppm == 0 && rule != nameof(PoolRules.ScanPpm) ? PoolRules.Off : ppm);
        }
        pool.Rules = (PoolRules)rules;
        pool.Rules.FreeAtoms = t.Scaled("free_amount", collateral[0].Decimals, 0);
        pool.Rules.BidDelayMs = t.Has("bid_delay_s") && t.Ms("bid_delay_s") == 0 ? PoolRules.Off : t.Ms("bid_delay_s", 0);
        pool.Rules.DeleverageHedges = t.Flag("deleverage_hedges", false) ? 1 : 0;
        return One(CommandKind.CreatePool, pool);
    }

    private static List<byte[]> Index(OperatorText t, VenueListing v, long now)
    {
        int decimals = (int)t.Whole("decimals", 0, 9);
        return One(CommandKind.CreateIndex, new CreateIndex
        {
            Name = t.Name("name"),
            Decimals = (ushort)decimals,
            Quorum = (ushort)t.Whole("quorum", 1, 64),
            MaxAgeMs = t.Ms("max_age_s"),
            MinPrice = t.Scaled("min_price", decimals, 0),
            MaxPrice = t.Scaled("max_price", decimals, 0),
            JumpFloor = t.Scaled("jump_floor", decimals, 0),
            AbsentMs = t.Ms("absent_s", 0),
            QuarantinePpm = t.Ppm("quarantine", 0),
            ConfirmMs = t.Ms("confirm_s", 0),
            WidePpm = t.Ppm("wide", 0),
            ConfidencePpm = t.Ppm("confidence", 0),
            SlowMs = t.Ms("slow_s", 0),
            OutlierPpm = t.Ppm("outlier", 0),
            SlashPpm = t.Ppm("slash", 0),
            OutlierLimit = (int)t.Whole("outlier_limit", 0, 1_000_000, 0),
            BondWindowMs = t.Ms("bond_window_s", 0),
            BondPool = t.Has("bond_pool") ? OptionalId.Of(v.Pool("bond_pool", t.Needed("bond_pool")).Number) : OptionalId.None,
        });
    }

    private static List<byte[]> Source(OperatorText t, VenueListing v, uint weight)
    {
        ListedIndex index = v.Index("index_name", t.Needed("index_name"));
        return One(CommandKind.SetPriceSource, new SetPriceSource
        {
            Index = (ushort)index.Number,
            SourceKey = (uint)t.Whole("source_key", 0, uint.MaxValue),
            Weight = weight,
            JumpPpm = t.Ppm("jump", 0),
            MinPrice = t.Scaled("min_price", index.Decimals, 0),
            MaxPrice = t.Scaled("max_price", index.Decimals, 0),
        });
    }

    private static List<byte[]> Surface(OperatorText t, VenueListing v, long now)
    {
        var surface = new CreateSurface { Underlying = (ushort)v.Index("index_name", t.Needed("index_name")).Number };
        string[] tenors = t.Parts("tenors_days");
        string[] moneyness = t.Parts("moneyness");
        string[] nodes = t.Parts("nodes");
        if (tenors.Length > 8 || moneyness.Length > 8 || nodes.Length != tenors.Length * moneyness.Length
            || nodes.Length > Protocol.Rows.Surface.MaxNodes)
        {
            throw new OperateException("nodes",
                $"expected one index for each tenor and moneyness, {tenors.Length * moneyness.Length} "
                + $"of at most {Protocol.Rows.Surface.MaxNodes}, found {nodes.Length}");
        }
        (surface.TenorCount, surface.MoneynessCount) = ((ushort)tenors.Length, (ushort)moneyness.Length);
        for (int i = 0; i < tenors.Length; i++)
        {
            surface.TenorMinutes[i] =
                (int)OperatorText.Range("tenors_days", OperatorText.Scale("tenors_days", tenors[i], 3) * 1_440 / 1_000, 1, 10_000_000);
        }
        for (int i = 0; i < moneyness.Length; i++)
        {
            surface.MoneynessMilli[i] =
                (int)OperatorText.Range("moneyness", OperatorText.Scale("moneyness", moneyness[i], 3), -10_000, 10_000);
        }
        for (int i = 0; i < nodes.Length; i++)
        {
            ushort number = (ushort)v.Index("nodes", nodes[i]).Number;
            _ = i < 16 ? surface.Nodes0[i] = number : surface.Nodes1[i - 16] = number;
        }
        return One(CommandKind.CreateSurface, surface);
    }

    private static List<byte[]> Contract(OperatorText t, VenueListing v, long now)
    {
        byte[] text = Encoding.UTF8.GetBytes(t.Needed("text"));
        if (text.Length > Terms.Syntax.Limits.TextBytes)
        {
            throw new OperateException("text", $"expected at most {Terms.Syntax.Limits.TextBytes} bytes, found {text.Length}");
        }
        MarketTerms terms = TermsText.New(t, v, MarketKind.Contract, "instrument_name");
        terms.ExpiryNs = t.TimeNs("expiry");
        var records = new List<byte[]>();
        for (int at = 0; at < text.Length; at += WriteContractText.MaxBytes)
        {
            int length = Math.Min(WriteContractText.MaxBytes, text.Length - at);
            var piece = new WriteContractText { Offset = (ushort)at, Length = (ushort)length };
            text.AsSpan(at, length).CopyTo(piece.Bytes);
            records.AddRange(One(CommandKind.WriteContractText, piece));
        }
        records.AddRange(
            One(CommandKind.ListContract,
                new ListContract
                {
                    Terms = terms,
                    TextHash = Hash256.Of(text),
                    Surface = t.Has("surface") ? OptionalId.Of(t.Whole("surface", 0, 1_000)) : OptionalId.None
                }));
        return records;
    }

    private static List<byte[]> One<T>(CommandKind kind, T command)
        where T : unmanaged
    {
        var record = new byte[Unsafe.SizeOf<T>()];
        CommandCodec.Write(kind, ref command, record);
        return [record];
    }
}
