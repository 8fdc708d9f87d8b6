using System;
using System.Collections.Generic;
using Surety.Engine;
using Surety.Engine.Blocks;
using Surety.Engine.Governance;
using Surety.Engine.Indexes;
using Surety.Protocol;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Simulation;

namespace Surety.Scenarios;

/// <summary>
/// A small venue to try situations in: one pool settling in USD with BTC as further collateral, a perpetual and a dated
/// future on BTC_USD, three price sources, and as many traders as asked for, each with 100,000 USD.
/// One tick is a dollar and one lot a thousandth of a coin, so AtomsPerTickLot is 1,000.
/// </summary>
public sealed class TestVenue
{
    public const long Dollar = 1_000_000;
    public const long StartNs = 1_584_000_000_000_000_000;
    public const int Perpetual = 0;
    public const int Future = 1;
    public const uint FirstTrader = 2;

    private const int CheckEvery = 31;
    private const int MostChecked = 48;

    private readonly LedgerTarget _target;
    private readonly CommandSender _sender;
    private ulong _reports;

    public TestVenue(int traders = 4, Action<GenesisBox>? change = null, long price = 8_000, MarketTerms? terms = null,
        CreatePool? pool = null, Func<uint, PublicKey>? sourceKeys = null)
    {
        int accounts = Math.Max(64, traders + 8);
        var box = new GenesisBox(VenueBuilder.Unsigned("test", StartNs, accounts, 4 * accounts));
        box.Value.MaxOrders = 4_096;
        box.Value.MaxTriggers = 256;
        box.Value.MaxTwaps = 64;
        box.Value.MaxWithdrawals = 64;
        box.Value.MaxMarkets = 4;
        box.Value.MaxIndexes = 4;
        box.Value.BlockCommands = 100_000;
        change?.Invoke(box);
        _target = new LedgerTarget(new Ledger(box.Value));
        _sender = new CommandSender(_target, KeyOf) { TimeNs = StartNs, Signer = SignIfAsked };
        new VenueBuilder(_sender)
            .Index("BTC_USD", decimals: 2, maxAgeMs: 60_000, minPrice: -1_000_00, jumpFloor: 100_00)
            .Sources(3, keys: sourceKeys)
            .Settlement("USD", 6)
            .Collateral("BTC", 8, index: 0, haircutPpm: 100_000, capAtoms: 100_00000000, poolCapAtoms: 1_000_000_00000000)
            .Pool(pool ?? Listings.SmallPool())
            .Market(terms ?? Listings.Small("BTC-PERPETUAL"))
            .Market(Listings.Small("BTC-TOMORROW", StartNs + 86_400_000_000_000))
            .Customers(traders, 100_000 * Dollar);
        Price(price);
    }

    /// <summary>Changes a market's terms.</summary>
    public delegate void ChangeTerms(ref MarketTerms terms);

    /// <summary>A genesis record that a test may change before the venue is made.</summary>
    public sealed class GenesisBox(Genesis value)
    {
        public Genesis Value = value;
    }

    public Ledger Ledger => _target.Ledger;

    public SuretyEngine Engine => Ledger.Engine;

    public IndexedState State => Ledger.Engine.State;

    public long TimeNs
    {
        get => _sender.TimeNs;
        set => _sender.TimeNs = value;
    }

    /// <summary>Every record applied, in order.</summary>
    public List<byte[]> Records => _target.Records;

    /// <summary>Signs each record with the key of a number, where a test needs signatures; the engine does not look at them.</summary>
    public Func<uint, byte[], byte[]>? Sign { get; set; }

    /// <summary>The detail of the last refusal.</summary>
    public long LastDetail => _target.LastDetail;

    public static CreatePool PoolTerms(string name = "main") => Listings.SmallPool(name);

    public static ListMarket Listing(string name, long expiryNs) => new() { Terms = Listings.Small(name, expiryNs) };

    /// <summary>Sends a command for an account with its own first key (the operator's for account 0).</summary>
    public RefusalCode Send<T>(CommandKind kind, T command, uint account = 0, uint? key = null)
        where T : unmanaged
    {
        RefusalCode code = _sender.Send(kind, command, account, key);
        CheckMargins();
        return code;
    }

    /// <summary>Applies a record as it stands; its stamp must be right.</summary>
    public RefusalCode SendRecord(byte[] record) => _target.Apply(record);

    /// <summary>Sends a command that must be accepted.</summary>
    public void Must<T>(CommandKind kind, T command, uint account = 0, uint? key = null)
        where T : unmanaged
    {
        _sender.Must(kind, command, account, key);
        CheckMargins();
    }

    // Every test runs against the slow computation too, now and then, so that it stays quick.
    private void CheckMargins()
    {
        if (Records.Count % CheckEvery == 0 && State.Counts.Accounts <= MostChecked && EngineRows.FirstDifference(Engine) is { } difference)
        {
            throw new InvalidOperationException($"after command {Records.Count}: {difference}");
        }
    }

    /// <summary>The key that an account opened by this class has.</summary>
    public static uint KeyOf(uint account) => account == 0 ? 0 : account + 2;

    public ulong NextNonce(uint key) => _sender.NextNonce(key);

    /// <summary>All three sources report a price in dollars.</summary>
    public void Price(long dollars)
    {
        _reports++;
        for (uint key = 1; key <= 3; key++)
        {
            Must(CommandKind.ReportPrice, new ReportPrice { Price = dollars * 100, ObservedNs = TimeNs, ReportSequence = _reports }, 0,
                key);
        }
    }

    public void Deposit(uint account, long atoms, ushort asset = 0) =>
        Must(CommandKind.Deposit, new Deposit { ToAccount = account, Asset = asset, AmountAtoms = atoms });

    public static PlaceOrder Limit(Side side, long price, long lots, TimeInForce tif = TimeInForce.GoodTillCancelled,
        OrderOptions options = OrderOptions.None, int market = Perpetual) =>
        new() { Market = (ushort)market, Side = side, PriceTicks = price, Lots = lots, TimeInForce = tif, Options = options };

    public RefusalCode Place(uint account, PlaceOrder order) => Send(CommandKind.PlaceOrder, order, account);

    /// <summary>Places an order that must be accepted and returns its id.</summary>
    public ulong Placed(uint account, PlaceOrder order)
    {
        Must(CommandKind.PlaceOrder, order, account);
        return Events<OrderPlaced>(EventKind.OrderPlaced)[0].OrderId;
    }

    /// <summary>Two accounts trade with each other at a price.</summary>
    public void Trade(uint buyer, uint seller, long price, long lots, int market = Perpetual)
    {
        Must(CommandKind.PlaceOrder, Limit(Side.Sell, price, lots, market: market), seller);
        Must(CommandKind.PlaceOrder, Limit(Side.Buy, price, lots, TimeInForce.ImmediateOrCancel, market: market), buyer);
    }

    public void Wait(long ms)
    {
        TimeNs += ms * 1_000_000;
        SendTick();
    }

    public void SendTick() => _sender.Tick();

    /// <summary>Events of one kind that the last command caused.</summary>
    public List<T> Events<T>(EventKind kind)
        where T : unmanaged
    {
        var found = new List<T>();
        var reader = new EventReader(Engine.Events.Log.Bytes, Ledger.EventsFrom);
        while (reader.MoveNext())
        {
            if (reader.Kind == kind)
            {
                found.Add(reader.As<T>());
            }
        }
        return found;
    }

    /// <summary>Events of one kind since the last block was begun.</summary>
    public List<T> All<T>(EventKind kind)
        where T : unmanaged
    {
        var found = new List<T>();
        var reader = new EventReader(Engine.Events.Log.Bytes);
        while (reader.MoveNext())
        {
            if (reader.Kind == kind)
            {
                found.Add(reader.As<T>());
            }
        }
        return found;
    }

    public long Lots(uint account, int market = Perpetual) =>
        State.FindPosition(account, market) is var row and >= 0 ? State.Positions[row].Lots : 0;

    public OrderBook Book(int market = Perpetual) => State.Derived.Books[market]!;

    public bool IsLive(ulong order) => State.Orders[OrderIds.Slot(order)].Id == order;

    public Order Order(ulong order) => State.Orders[OrderIds.Slot(order)];

    private int SignIfAsked(uint key, Span<byte> record, int length)
    {
        if (Sign is not { } sign)
        {
            return length;
        }
        byte[] signed = sign(key, record[..length].ToArray());
        signed.CopyTo(record);
        return signed.Length;
    }
}
