using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Surety.Engine.Accounts;
using Surety.Engine.Auditing;
using Surety.Engine.Indexes;
using Surety.Engine.State;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

/// <summary>For every refusal code one command that earns it, on a venue where nothing else is wrong with it.</summary>
public class RefusalTests
{
    private const uint A = FirstTrader;
    private const uint B = FirstTrader + 1;

    private static readonly Dictionary<RefusalCode, Func<TestVenue, RefusalCode>> Cases = new()
    {
        [RefusalCode.Malformed] = v => v.Engine.Apply(new byte[47]),
        [RefusalCode.TimeBackwards] = v =>
        {
            byte[] late = v.Records[0].ToArray();
            return v.Engine.Apply(Restamp(late, v.Ledger.LastSequence + 1, v.State.TimeNs - 1));
        },
        [RefusalCode.UnknownAccount] = v => v.Send(CommandKind.CancelAll, new CancelAll(), 9_999, 0),
        [RefusalCode.SignatureMissing] = _ =>
        {
            Genesis signed = Genesis.Default("signed", default, StartNs);
            var engine = new SuretyEngine(signed);
            var command = new CancelAll { Header = new CommandHeader { TimeNs = StartNs, Nonce = 1 } };
            var record = new byte[Unsafe.SizeOf<CancelAll>()];
            CommandCodec.Write(CommandKind.CancelAll, ref command, record);
            return engine.Apply(record);
        },
        [RefusalCode.Excluded] = v =>
        {
            v.Ledger.Exclusions = new Dictionary<ulong, Exclusion> { [v.Ledger.LastSequence + 1] = new() };
            return v.Place(A, Limit(Side.Buy, 8000, 1));
        },
        [RefusalCode.UnknownKey] = v => v.Send(CommandKind.CancelAll, new CancelAll(), A, 9_999),
        [RefusalCode.KeyNotOfAccount] = v => v.Send(CommandKind.CancelAll, new CancelAll(), A, KeyOf(B)),
        [RefusalCode.KeyRevoked] = v =>
        {
            uint key = Session(v, KeyScopes.Trade, 0);
            v.Must(CommandKind.RevokeKey, new RevokeKey { RevokedKey = key }, A);
            return v.Send(CommandKind.CancelAll, new CancelAll(), A, key);
        },
        [RefusalCode.KeyExpired] = v =>
        {
            uint key = Session(v, KeyScopes.Trade, v.TimeNs + 1_000_000_000);
            v.Must(CommandKind.CancelAll, new CancelAll(), A, key);
            v.Wait(1_000);
            return v.Send(CommandKind.CancelAll, new CancelAll(), A, key);
        },
        [RefusalCode.ScopeMissing] = v => v.Send(CommandKind.Withdraw, new Withdraw { AmountAtoms = 1 }, A, Session(v, KeyScopes.Trade, 0)),
        [RefusalCode.CommandExpired] = v =>
            v.Send(CommandKind.CancelAll, new CancelAll { Header = new CommandHeader { ExpiresNs = v.TimeNs - 1 } }, A),
        [RefusalCode.NonceUsed] = v =>
        {
            v.Must(CommandKind.CancelAll, new CancelAll(), A);
            return v.SendRecord(Restamp(v.Records[^1].ToArray(), v.Ledger.LastSequence + 1, v.TimeNs));
        },
        [RefusalCode.ScopeBeyondOwn] = v =>
            v.Send(CommandKind.AddKey, new AddKey { Scopes = KeyScopes.Trade }, A, Session(v, KeyScopes.Admin, 0)),
        [RefusalCode.ExpiryBeyondOwn] = v =>
            v.Send(CommandKind.AddKey, new AddKey { Scopes = KeyScopes.Admin }, A, Session(v, KeyScopes.Admin, v.TimeNs + 1_000_000_000)),
        [RefusalCode.LastAdminKey] = v => v.Send(CommandKind.RevokeKey, new RevokeKey { RevokedKey = KeyOf(A) }, A),
        [RefusalCode.UnknownMarket] = v => v.Place(A, Limit(Side.Buy, 8000, 1, market: 3)),
        [RefusalCode.UnknownAsset] = v => v.Send(CommandKind.Deposit, new Deposit { ToAccount = A, Asset = 7, AmountAtoms = 1 }),
        [RefusalCode.UnknownPool] = v => v.Send(CommandKind.OpenAccount, new OpenAccount { Pool = 5, Scopes = KeyScopes.Trade }),
        [RefusalCode.UnknownIndex] = v => v.Send(CommandKind.ReportPrice, new ReportPrice { Index = 3, ReportSequence = 1 }, 0, 1),
        [RefusalCode.NameTaken] = v => v.Send(CommandKind.CreateAsset, new CreateAsset { Name = ShortName.From("usd") }),
        [RefusalCode.InvalidName] = v => v.Send(CommandKind.CreateIndex, new CreateIndex { Quorum = 1, MaxAgeMs = 1 }),
        [RefusalCode.InvalidField] = v =>
            v.Send(CommandKind.CreateIndex, new CreateIndex { Name = ShortName.From("X"), Quorum = 0, MaxAgeMs = 1 }),
        [RefusalCode.LimitReached] = v =>
        {
            RefusalCode code;
            int number = 0;
            do
            {
                code = v.Send(CommandKind.CreateIndex, new CreateIndex { Name = ShortName.From("X" + number++), Quorum = 1, MaxAgeMs = 1 });
            }
            while (code == RefusalCode.None);
            return code;
        },
        [RefusalCode.WrongPool] = v =>
        {
            v.Must(CommandKind.CreatePool, PoolTerms("other"));
            v.Must(CommandKind.CreateSubAccount, new CreateSubAccount { Pool = 1 }, A);
            uint sub = (uint)v.State.Counts.Accounts - 1;
            return v.Send(CommandKind.PlaceOrder, Limit(Side.Buy, 8000, 1), sub, KeyOf(A));
        },
        [RefusalCode.AmountOutOfRange] = v => v.Send(CommandKind.Deposit, new Deposit { ToAccount = A, AmountAtoms = 0 }),
        [RefusalCode.NotOwner] = v => v.Send(CommandKind.Transfer, new Transfer { ToAccount = B, AmountAtoms = 1 }, A),
        [RefusalCode.MarketNotTrading] = v =>
        {
            v.Must(CommandKind.SetMarketStatus, new SetMarketStatus { Status = MarketStatus.Halted });
            return v.Place(A, Limit(Side.Buy, 8000, 1));
        },
        [RefusalCode.MarketReduceOnly] = v =>
        {
            v.Must(CommandKind.SetMarketStatus, new SetMarketStatus { Status = MarketStatus.ReduceOnly });
            return v.Place(A, Limit(Side.Buy, 8000, 1));
        },
        [RefusalCode.NoMarkPrice] = v =>
        {
            v.Must(CommandKind.CreateIndex, new CreateIndex { Name = ShortName.From("NEW"), Quorum = 1, MaxAgeMs = 1 });
            ListMarket terms = Listing("NEW-PERPETUAL", 0);
            terms.Terms.Index = 1;
            v.Must(CommandKind.ListMarket, terms);
            return v.Place(A, Limit(Side.Buy, 8000, 1, market: 2));
        },
        [RefusalCode.PriceOutOfRange] = v => v.Place(A, Limit(Side.Buy, 60_001, 1)),
        [RefusalCode.LotsOutOfRange] = v => v.Place(A, Limit(Side.Buy, 8000, 0)),
        [RefusalCode.InvalidOptions] = v => v.Place(A, Limit(Side.Buy, 8000, 1, TimeInForce.ImmediateOrCancel, OrderOptions.PostOnly)),
        [RefusalCode.GoodTillPassed] = v => v.Place(A, Limit(Side.Buy, 8000, 1, TimeInForce.GoodTillTime)),
        [RefusalCode.DuplicateClientOrderId] = v =>
        {
            PlaceOrder order = Limit(Side.Buy, 8000, 1);
            order.ClientOrderId = 5;
            v.Placed(A, order);
            return v.Place(A, order);
        },
        [RefusalCode.UnknownOrder] = v =>
            v.Send(CommandKind.CancelOrder, new CancelOrder { OrderId = v.Placed(B, Limit(Side.Buy, 7000, 1)) }, A),
        [RefusalCode.TooManyOrders] = _ =>
            Until(new TestVenue(change: box => box.Value.OrdersPerAccount = 16), RefusalCode.TooManyOrders,
                i => Limit(Side.Buy, 7000 - i, 1)),
        [RefusalCode.TooManyPositions] = _ =>
        {
            var v = new TestVenue(change: box => (box.Value.MaxMarkets, box.Value.PositionsPerAccount) = (8, 4));
            for (int m = 2; m < 6; m++)
            {
                v.Must(CommandKind.ListMarket, Listing("M" + m, 0));
            }
            v.Price(8_001);
            for (int m = 0; m < 4; m++)
            {
                v.Placed(A, Limit(Side.Buy, 7000, 1, market: m));
            }
            return v.Place(A, Limit(Side.Buy, 7000, 1, market: 4));
        },
        [RefusalCode.VenueFull] = _ =>
        {
            // Several owners: one alone may not take the last row.
            var v = new TestVenue(12, box => (box.Value.MaxOrders, box.Value.OrdersPerAccount) = (64, 100));
            RefusalCode code = RefusalCode.None;
            for (int i = 0; i < 12 * 8 && code is RefusalCode.None or RefusalCode.OwnerLimit; i++)
            {
                code = v.Place(A + (uint)(i % 12), Limit(Side.Buy, 7000 - i, 1));
            }
            return code;
        },
        [RefusalCode.OwnerLimit] = _ =>
            Until(new TestVenue(change: box => (box.Value.MaxOrders, box.Value.OrdersPerAccount) = (64, 100)), RefusalCode.OwnerLimit,
                i => Limit(Side.Buy, 7000 - i, 1)),
        [RefusalCode.AccountClosed] = v =>
        {
            v.Must(CommandKind.CreateSubAccount, new CreateSubAccount(), A);
            uint sub = (uint)v.State.Counts.Accounts - 1;
            v.Must(CommandKind.CloseSubAccount, new CloseSubAccount { Closed = sub }, A);
            return v.Send(CommandKind.Deposit, new Deposit { ToAccount = sub, AmountAtoms = 1 });
        },
        [RefusalCode.AccountNotEmpty] = v => v.Send(CommandKind.CloseSubAccount, new CloseSubAccount { Closed = A }, A),
        [RefusalCode.CapacityOutOfRange] = v =>
            v.Send(CommandKind.GrowCapacity, new GrowCapacity { Table = (uint)TableId.Accounts, Capacity = 1 << 30 }),
        [RefusalCode.PositionLimit] = v =>
        {
            v.Deposit(A, 10_000_000 * Dollar);
            return Until(v, RefusalCode.PositionLimit, _ => Limit(Side.Buy, 100, 100_000));
        },
        [RefusalCode.WouldTake] = v =>
        {
            v.Placed(B, Limit(Side.Sell, 8000, 1));
            return v.Place(A, Limit(Side.Buy, 8000, 1, options: OrderOptions.PostOnly));
        },
        [RefusalCode.WouldNotReduce] = v => v.Place(A, Limit(Side.Buy, 8000, 1, options: OrderOptions.ReduceOnly)),
        [RefusalCode.CannotFill] = v => v.Place(A, Limit(Side.Buy, 8000, 1, TimeInForce.FillOrKill)),
        [RefusalCode.QuotesFrozen] = v =>
        {
            v.Must(CommandKind.SetQuoteProtection,
                new SetQuoteProtection { WindowNs = 1, LotsLimit = 1, DeltaLimit = 1, FreezeNs = 1_000_000_000 }, A);
            var quote = new MassQuote { Count = 1 };
            quote.Entries[0] = new QuoteEntry { BidTicks = 8000, BidLots = 5, AskTicks = 8010, AskLots = 5 };
            v.Must(CommandKind.MassQuote, quote, A);
            v.Must(CommandKind.PlaceOrder, Limit(Side.Sell, 8000, 1, TimeInForce.ImmediateOrCancel), B);
            return v.Send(CommandKind.MassQuote, quote, A);
        },
        [RefusalCode.AmendWouldNotChange] = v =>
            v.Send(CommandKind.AmendOrder, new AmendOrder { OrderId = v.Placed(A, Limit(Side.Buy, 7000, 1)), PriceTicks = 7000 }, A),
        [RefusalCode.OtherHalfTaken] = v =>
        {
            PlaceOrder half = Limit(Side.Buy, 7001, 1);
            half.OneCancelsOther = v.Placed(A, Limit(Side.Buy, 7000, 1));
            v.Placed(A, half);
            half.PriceTicks = 7002;
            return v.Place(A, half);
        },
        [RefusalCode.InitialMarginShort] = v => v.Place(A, Limit(Side.Buy, 60_000, 100_000)),
        [RefusalCode.InsufficientBalance] = v => v.Send(CommandKind.Withdraw, new Withdraw { AmountAtoms = (100_000 * Dollar) + 1 }, A),
        [RefusalCode.PositionNotFlat] = v =>
        {
            v.Placed(A, Limit(Side.Buy, 7000, 1));
            return v.Send(CommandKind.SetMarginMode, new SetMarginMode { Isolated = 1 }, A);
        },
        [RefusalCode.NotIsolated] = v => v.Send(CommandKind.AdjustIsolatedMargin, new AdjustIsolatedMargin { AmountAtoms = 1 }, A),
        [RefusalCode.UnknownWithdrawal] = v => v.Send(CommandKind.ConfirmWithdrawal, new ConfirmWithdrawal { WithdrawalId = 77, Paid = 1 }),
        [RefusalCode.NotASource] = v =>
            v.Send(CommandKind.ReportPrice, new ReportPrice { Price = 1, ObservedNs = v.TimeNs, ReportSequence = 9 }),
        [RefusalCode.ReportStale] = v =>
            v.Send(CommandKind.ReportPrice, new ReportPrice { Price = 1, ObservedNs = v.TimeNs - 60_000_000_001, ReportSequence = 9 }, 0,
                1),
        [RefusalCode.ReportFromFuture] = v =>
            v.Send(CommandKind.ReportPrice, new ReportPrice { Price = 1, ObservedNs = v.TimeNs + 1_000_000_001, ReportSequence = 9 }, 0, 1),
        [RefusalCode.ReportOutOfDomain] = v =>
            v.Send(CommandKind.ReportPrice, new ReportPrice { Price = -1_000_00, ObservedNs = v.TimeNs, ReportSequence = 9 }, 0, 1),
        [RefusalCode.ReportUncertain] = v =>
            v.Send(CommandKind.ReportPrice,
                new ReportPrice { Price = 800_000, Confidence = 80_000, ObservedNs = v.TimeNs, ReportSequence = 9 }, 0, 1),
        [RefusalCode.ReportJump] = v =>
        {
            v.Must(CommandKind.SetPriceSource, new SetPriceSource { SourceKey = 1, Weight = 1 });
            return v.Send(CommandKind.ReportPrice, new ReportPrice { Price = 106, ObservedNs = v.TimeNs, ReportSequence = 9 }, 0, 1);
        },
        [RefusalCode.MarketInAuction] = _ =>
        {
            TestVenue v = InAuction();
            return v.Place(A, Limit(Side.Buy, 8000, 1, TimeInForce.ImmediateOrCancel));
        },
        [RefusalCode.PriceBeyondBand] = _ => Changed((ref MarketTerms t) => t.OrderBandPpm = 50_000).Place(A, Limit(Side.Buy, 8_401, 1)),
        [RefusalCode.OpenInterestCap] = _ =>
            Changed((ref MarketTerms t) => t.OpenInterestCapAtoms = 80_000 * Dollar).Place(A, Limit(Side.Buy, 8_000, 10_001)),
        [RefusalCode.ProfitNotCash] = v =>
        {
            v.Trade(A, B, 8000, 80_000);
            v.Price(8_800);
            return v.Send(CommandKind.Withdraw, new Withdraw { AmountAtoms = 98_000 * Dollar }, A);
        },
        [RefusalCode.TransferMarginShort] = v =>
        {
            v.Trade(A, B, 8000, 50_000);
            return v.Send(CommandKind.Withdraw, new Withdraw { AmountAtoms = 70_000 * Dollar }, A);
        },
        [RefusalCode.PriceInDoubt] = v =>
        {
            v.Trade(A, B, 8000, 10);
            v.Wait(61_000);
            return v.Send(CommandKind.Withdraw, new Withdraw { AmountAtoms = 1 }, A);
        },
        [RefusalCode.OutflowLimit] = v =>
        {
            v.Deposit(A, 10_000_000 * Dollar);
            v.Wait(3_660_000);
            return v.Send(CommandKind.Withdraw, new Withdraw { AmountAtoms = 5_000_000 * Dollar }, A);
        },
        [RefusalCode.PoolHoldsLess] = v =>
        {
            v.Deposit(A, 100_00000000, asset: 1);
            v.Deposit(B, 400_000 * Dollar);
            v.Trade(A, B, 8_800, 90_000);
            v.Must(CommandKind.PlaceOrder, Limit(Side.Buy, 7_200, 90_000), B);
            v.Must(CommandKind.PlaceOrder, Limit(Side.Sell, 7_200, 90_000, TimeInForce.ImmediateOrCancel, OrderOptions.ReduceOnly), A);
            v.Must(CommandKind.Withdraw, new Withdraw { AmountAtoms = 100_000 * Dollar }, FirstTrader + 2);
            v.Must(CommandKind.Withdraw, new Withdraw { AmountAtoms = 100_000 * Dollar }, FirstTrader + 3);
            return v.Send(CommandKind.Withdraw, new Withdraw { AmountAtoms = v.State.Pools[0].HeldAtoms + 1 }, B);
        },
        [RefusalCode.BackstopUnderwater] = v =>
        {
            v.Trade(A, B, 8000, 100_000);
            v.Price(7_300);
            return v.Send(CommandKind.PlaceBackstopBid, new PlaceBackstopBid { MaxNotionalAtoms = 1, DiscountPpm = 1 }, A);
        },
        [RefusalCode.ChangeTooSoon] = v =>
            v.Send(CommandKind.ChangeMarket, new ChangeMarket { ActivateNs = v.TimeNs, Terms = Listing("X", 0).Terms }),
        [RefusalCode.ChangeWouldLiquidate] = v =>
        {
            v.Trade(A, B, 8000, 100_000);
            MarketTerms terms = Listing("X", 0).Terms;
            terms.Tiers[0] = new ListedTier { InitialPpm = 500_000, MaintenancePpm = 400_000 };
            terms.Tiers[1].InitialPpm = terms.Tiers[1].MaintenancePpm = 500_000;
            return v.Send(CommandKind.ChangeMarket, new ChangeMarket { ActivateNs = v.TimeNs + 3_700_000_000_000, Terms = terms });
        },
        [RefusalCode.TermFixed] = v =>
        {
            MarketTerms terms = Listing("X", 0).Terms;
            terms.AtomsPerTickLot = 5;
            return v.Send(CommandKind.ChangeMarket, new ChangeMarket { ActivateNs = v.TimeNs + 3_700_000_000_000, Terms = terms });
        },
        [RefusalCode.SourceBelowQuorum] = v =>
        {
            v.Must(CommandKind.SetPriceSource, new SetPriceSource { Index = 0, SourceKey = 1 });
            return v.Send(CommandKind.SetPriceSource, new SetPriceSource { Index = 0, SourceKey = 2 });
        },
        [RefusalCode.SourceMovesPrice] = v =>
        {
            v.Must(CommandKind.ReportPrice, new ReportPrice { Price = 7_000_00, ObservedNs = v.TimeNs, ReportSequence = 100 }, 0, 1);
            return v.Send(CommandKind.SetPriceSource, new SetPriceSource { Index = 0, SourceKey = 1, Weight = 10 });
        },
        [RefusalCode.TextGap] = v => v.Send(CommandKind.WriteContractText, new WriteContractText { Offset = 100, Length = 10 }),
        [RefusalCode.TextUnknown] = v => v.Send(CommandKind.ListContract, new ListContract { Terms = Listing("X", v.TimeNs + 1).Terms }),
        [RefusalCode.TextRefused] = v =>
            ListText(v, "contract C\nobserve S = index BTC_USD\nsettle USD\nexpiry 2020-04-01T08:00Z\nat expiry pay 1 / (S - 5)\n"),
        [RefusalCode.TextBeyondPrices] = v =>
            ListText(v, "contract C\nobserve S = index BTC_USD in 1 .. 10000\nsettle USD\nexpiry 2020-04-01T08:00Z\nat expiry pay S * S\n"),
        [RefusalCode.UnknownSurface] = v => v.Send(CommandKind.ListContract, new ListContract { Surface = OptionalId.Of(4) }),
        [RefusalCode.NotExercisable] = v =>
        {
            v.Trade(A, B, 8000, 10);
            return v.Send(CommandKind.ExerciseContract, new ExerciseContract { Market = Perpetual, Lots = 5 }, A);
        },
        [RefusalCode.ExercisePending] = v =>
        {
            Assert.Equal(RefusalCode.None,
                ListText(v,
                "contract C\nobserve S = index BTC_USD in 1 .. 10000\nsettle USD\nexpiry 2020-04-01T08:00Z\nholder "
                + "may take max(9000 - S, 0)\nat expiry pay if S > 5000 then 0 else 9000 - S\n"));
            int put = v.State.Counts.Markets - 1;
            v.Price(8_000);
            v.Trade(A, B, 10, 10, put);
            v.Must(CommandKind.ExerciseContract, new ExerciseContract { Market = (ushort)put, Lots = 5 }, A);
            return v.Place(A, Limit(Side.Sell, 10, 1, market: put));
        },
        [RefusalCode.NoAddressBook] = v => v.Send(CommandKind.AllowAddress, BookVenue.Address("home"), A),
        [RefusalCode.AddressInvalid] = _ => new BookVenue().Venue.Send(CommandKind.AllowAddress, BookVenue.Address("two words"), A),
        [RefusalCode.UnknownAddress] = _ => new BookVenue().Venue.Send(CommandKind.Withdraw, BookVenue.Out(1, address: 3), A),
        [RefusalCode.AddressInBook] = _ => new BookVenue().Venue.Send(CommandKind.AllowAddress, BookVenue.Address("home"), A),
        [RefusalCode.AddressBookFull] = _ =>
            new BookVenue(addressesPerOwner: 1).Venue.Send(CommandKind.AllowAddress, BookVenue.Address("other"), A),
        [RefusalCode.AddressNotActive] = _ =>
        {
            var book = new BookVenue();
            book.Venue.Must(CommandKind.AllowAddress, BookVenue.Address("other"), A);
            return book.Venue.Send(CommandKind.Withdraw, BookVenue.Out(1, address: 1), A);
        },
        [RefusalCode.AddressRemoved] = _ =>
        {
            var book = new BookVenue();
            book.Venue.Must(CommandKind.RemoveAddress, new RemoveAddress { Address = 0 }, A);
            return book.Venue.Send(CommandKind.RemoveAddress, new RemoveAddress { Address = 0 }, A);
        },
        [RefusalCode.KeyTooYoung] = _ =>
        {
            var book = new BookVenue();
            return book.Venue.Send(CommandKind.Withdraw, BookVenue.Out(1), A, book.AddKey(A));
        },
        [RefusalCode.WithdrawalDecided] = _ =>
        {
            var book = new BookVenue();
            ulong id = book.Ask(1);
            Assert.Equal(RefusalCode.None, book.Approve(id, book.Second));
            return book.Cancel(id);
        },
        [RefusalCode.ApproverIsRequester] = _ =>
        {
            var book = new BookVenue();
            return book.Approve(book.Ask(1), KeyOf(A));
        },
        [RefusalCode.TooManyWithdrawals] = _ =>
        {
            var book = new BookVenue();
            for (int i = 0; i < OwnerWithdrawals.MostPending; i++)
            {
                book.Ask(1);
            }
            return book.Venue.Send(CommandKind.Withdraw, BookVenue.Out(1), A);
        },
        [RefusalCode.RequesterGone] = _ =>
        {
            var book = new BookVenue();
            ulong id = book.Ask(1, key: book.Second);
            book.Venue.Must(CommandKind.RevokeKey, new RevokeKey { RevokedKey = book.Second }, A);
            return book.Approve(id, KeyOf(A));
        },
        [RefusalCode.NotLinkable] = v => v.Send(CommandKind.LinkOwners, new LinkOwners { Owner = A, With = 1 }),
        [RefusalCode.AlreadyLinked] = v =>
        {
            v.Must(CommandKind.LinkOwners, new LinkOwners { Owner = A, With = B });
            return v.Send(CommandKind.LinkOwners, new LinkOwners { Owner = B, With = A });
        },
        [RefusalCode.OwnerPositionLimit] = v =>
        {
            v.Deposit(A, 400_000_000 * Dollar);
            v.Deposit(B, 400_000_000 * Dollar);
            for (int i = 0; i < 5; i++)
            {
                v.Trade(A, B, 8000, 100_000, Future);
            }
            return v.Place(A, Limit(Side.Buy, 8000, 1));
        },
        [RefusalCode.DisplayTooSmall] = v => v.Place(A, Limit(Side.Sell, 8000, 1_000) with { DisplayLots = 3 }),
        [RefusalCode.CollateralUncapped] = v =>
            v.Send(CommandKind.CreateAsset, new CreateAsset
            {
                Name = ShortName.From("COIN"),
                PriceIndex = OptionalId.Of(0),
                CollateralCapAtoms = 1,
            }),
        [RefusalCode.CollateralSources] = v =>
        {
            v.Must(CommandKind.CreateIndex, new CreateIndex { Name = ShortName.From("X"), Quorum = 1, MaxAgeMs = 1_000 });
            return v.Send(CommandKind.CreateAsset, new CreateAsset
            {
                Name = ShortName.From("COIN"),
                PriceIndex = OptionalId.Of(1),
                CollateralCapAtoms = 1,
                PoolCapAtoms = 1,
            });
        },
        [RefusalCode.CollateralCapReached] = v =>
        {
            v.Deposit(A, 999_999_00000000, asset: 1);
            return v.Send(CommandKind.Deposit, new Deposit { ToAccount = B, Asset = 1, AmountAtoms = 1_00000001 });
        },
        [RefusalCode.NothingToConfirm] = v => v.Send(CommandKind.ConfirmIndexPrice, new ConfirmIndexPrice { Price = 1 }),
        [RefusalCode.CandidateElsewhere] = v =>
        {
            Quarantined(v);
            return v.Send(CommandKind.ConfirmIndexPrice, new ConfirmIndexPrice { Index = 1, Price = 990, TolerancePpm = 10_000 });
        },
        [RefusalCode.CandidateTooYoung] = v =>
        {
            Quarantined(v);
            return v.Send(CommandKind.ConfirmIndexPrice, new ConfirmIndexPrice { Index = 1, Price = 1_000 });
        },
        [RefusalCode.ReportReplayed] = v =>
            v.Send(CommandKind.ReportPrice, new ReportPrice { Price = 1, ObservedNs = v.TimeNs, ReportSequence = 1 }, 0, 1),
    };

    public static TheoryData<RefusalCode> Codes => new(Enum.GetValues<RefusalCode>().Where(c => c != RefusalCode.None));

    [Theory]
    [MemberData(nameof(Codes))]
    public void Each_code_is_earned_by_a_command_and_says_what_is_wrong(RefusalCode code)
    {
        var venue = new TestVenue();
        Assert.Equal(code, Cases[code](venue));
        string message = Refusals.Describe(code, venue.LastDetail);
        Assert.DoesNotContain("refused with code", message, StringComparison.Ordinal);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    // A second index with one source, which has just reported ten times its price.
    private static void Quarantined(TestVenue venue)
    {
        venue.Must(CommandKind.CreateIndex, new CreateIndex { Name = ShortName.From("X"), Quorum = 1, MaxAgeMs = 1_000 });
        venue.Must(CommandKind.SetPriceSource, new SetPriceSource { Index = 1, SourceKey = 1, Weight = 1 });
        venue.Must(CommandKind.ReportPrice, new ReportPrice { Index = 1, Price = 100, ObservedNs = venue.TimeNs, ReportSequence = 1 }, 0,
            1);
        venue.Wait(2_000);
        venue.Must(CommandKind.ReportPrice, new ReportPrice { Index = 1, Price = 1_000, ObservedNs = venue.TimeNs, ReportSequence = 2 }, 0,
            1);
    }

    private static RefusalCode ListText(TestVenue venue, string text)
    {
        byte[] bytes = System.Text.Encoding.ASCII.GetBytes(text);
        var piece = new WriteContractText { Length = (ushort)bytes.Length };
        bytes.CopyTo(piece.Bytes);
        venue.Must(CommandKind.WriteContractText, piece);
        MarketTerms terms =
            Listing("X", new DateTime(2020, 4, 1, 8, 0, 0, DateTimeKind.Utc).Subtract(DateTime.UnixEpoch).Ticks * 100).Terms;
        terms.Kind = MarketKind.Contract;
        return venue.Send(CommandKind.ListContract, new ListContract { Terms = terms, TextHash = Core.Hashing.Hash256.Of(bytes) });
    }

    [Theory]
    [InlineData(uint.MaxValue)]
    [InlineData(1u << 31)]
    [InlineData(4u)]
    public void A_reference_to_a_row_that_no_table_has_is_refused(uint plusOne)
    {
        var venue = new TestVenue();
        Assert.Equal(RefusalCode.UnknownMarket, venue.Send(CommandKind.CancelAll, new CancelAll { MarketPlusOne = plusOne }, A));
        Assert.Equal(RefusalCode.UnknownAccount,
            venue.Send(CommandKind.SetOwnerLimits, new SetOwnerLimits { OwnerPlusOne = Math.Max(plusOne, 1_000_000), Factor = 2 }));
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void A_refusal_has_a_factory_for_each_code_and_a_detail_only_where_its_words_have_one()
    {
        foreach (RefusalCode code in Enum.GetValues<RefusalCode>().Where(c => c != RefusalCode.None))
        {
            // Times are told in whole seconds.
            bool names = Refusals.Describe(code, 2) != Refusals.Describe(code, 3)
                || code is RefusalCode.AddressNotActive or RefusalCode.KeyTooYoung;
            MethodInfo? takes = typeof(Refusal).GetMethod(code.ToString(), BindingFlags.Public | BindingFlags.Static);
            PropertyInfo? bare = typeof(Refusal).GetProperty(code.ToString(), BindingFlags.Public | BindingFlags.Static);
            Assert.True(names ? takes is not null : bare is not null,
                $"{code}: a factory {(names ? "with" : "without")} a detail is missing");
            object? made = takes is null
                ? bare!.GetValue(null)
                : takes.Invoke(null,
                    [takes.GetParameters()[0].ParameterType.IsEnum ? Enum.ToObject(takes.GetParameters()[0].ParameterType, 2) : 2L]);
            Assert.Equal(new Refusal(code, names ? 2 : 0), Assert.IsType<Refusal>(made));
        }
    }

    [Fact]
    public void Every_code_has_its_row_in_the_reference()
    {
        string reference = File.ReadAllText(Path.Combine(Root(), "docs", "refusals.md"));
        foreach (RefusalCode code in Enum.GetValues<RefusalCode>().Where(c => c != RefusalCode.None))
        {
            Assert.Contains($"| {(int)code} | `{code}` |", reference, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_refused_command_changes_nothing_but_the_nonce_it_used_and_the_count_of_refusals()
    {
        var venue = new TestVenue();
        venue.Trade(A, B, 8000, 10);
        var before = venue.State.Tables.ToDictionary(t => t.Id, t => t.Pages.ToArray());
        Assert.Equal(RefusalCode.InitialMarginShort, venue.Place(A, Limit(Side.Buy, 60_000, 100_000, market: Future)));
        foreach (Table table in venue.State.Tables.Where(t => t.Id is not (TableId.Keys or TableId.Venue or TableId.Owners)))
        {
            Assert.True(before[table.Id].AsSpan().SequenceEqual(table.Pages), $"{table.Id} changed");
        }
        Assert.Equal(RefusalCode.NonceUsed,
            venue.SendRecord(Restamp(venue.Records[^1].ToArray(), venue.Ledger.LastSequence + 1, venue.TimeNs)));
    }

    [Fact]
    public void Nonces_may_arrive_out_of_order_within_the_window_and_never_twice()
    {
        var key = default(Key);
        foreach (ulong nonce in new ulong[] { 5, 3, 4, 70, 7, 69 })
        {
            Assert.True(Nonces.IsFresh(in key, nonce), $"{nonce}");
            Nonces.Use(ref key, nonce);
            Assert.False(Nonces.IsFresh(in key, nonce), $"{nonce} again");
        }
        Assert.False(Nonces.IsFresh(in key, 6));
        Assert.False(Nonces.IsFresh(in key, 0));
        Assert.False(Nonces.IsFresh(in key, 71 + Nonces.LargestJump));
    }

    [Fact]
    public void A_malformed_genesis_names_the_field_what_was_expected_and_what_was_found()
    {
        Genesis genesis = Genesis.Default("x", default, 0);
        genesis.PositionsPerAccount = 12;
        Assert.Equal("PositionsPerAccount: expected a power of two, found 12", genesis.FindError());
        genesis.MaxOrders = 1 << 25;
        genesis.PositionsPerAccount = 8;
        Assert.Contains("MaxOrders: expected 64 to 16777216, found 33554432",
            Assert.Throws<ArgumentException>(() => new IndexedState(in genesis)).Message, StringComparison.Ordinal);
    }

    // Another venue, whose perpetual has other terms.
    private static TestVenue Changed(TestVenue.ChangeTerms change)
    {
        MarketTerms terms = Listing("BTC-PERPETUAL", 0).Terms;
        change(ref terms);
        return new TestVenue(terms: terms);
    }

    private static TestVenue InAuction()
    {
        TestVenue v = Changed((ref MarketTerms t) => t.AuctionMs = 60_000);
        v.Must(CommandKind.SetMarketStatus, new SetMarketStatus { Status = MarketStatus.Halted });
        v.Must(CommandKind.SetMarketStatus, new SetMarketStatus { Status = MarketStatus.Trading });
        return v;
    }

    private static string Root([CallerFilePath] string caller = "") => Path.Combine(Path.GetDirectoryName(caller)!, "..", "..");

    private static byte[] Restamp(byte[] record, ulong sequence, long timeNs)
    {
        ref CommandHeader header = ref MemoryMarshal.AsRef<CommandHeader>(record.AsSpan());
        (header.Sequence, header.TimeNs) = (sequence, timeNs);
        return record;
    }

    private static uint Session(TestVenue venue, KeyScopes scopes, long expiresNs)
    {
        venue.Must(CommandKind.AddKey, new AddKey { Scopes = scopes, KeyExpiresNs = expiresNs }, A);
        return (uint)venue.State.Counts.Keys - 1;
    }

    private static RefusalCode Until(TestVenue venue, RefusalCode wanted, Func<int, PlaceOrder> order)
    {
        RefusalCode code = RefusalCode.None;
        for (int i = 0; i < 1_000 && code == RefusalCode.None; i++)
        {
            code = venue.Place(A, order(i));
        }
        return code == wanted ? code : throw new InvalidOperationException($"{code}");
    }
}
