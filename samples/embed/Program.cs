// A venue in one process: a perpetual, two traders, a trade, a new price. The same commands executed again give the same root.
using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using Surety.Engine.Auditing;
using Surety.Engine.Blocks;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

const long Dollar = 1_000_000;
const uint Alice = 2, Bob = 3, Source = 1;
Genesis genesis = Genesis.Default("embedded", operatorKey: default, startTimeNs: 1_700_000_000_000_000_000);
genesis.RequireSignatures = 0;
var (venue, records, nonces) = (new Ledger(genesis), new List<byte[]>(), new ulong[4]);

Send(CommandKind.AddKey, new AddKey { Scopes = KeyScopes.Report });
Send(CommandKind.CreateIndex, new CreateIndex { Name = ShortName.From("BTC_USD"), Decimals = 2, Quorum = 1, MaxAgeMs = 60_000 });
Send(CommandKind.SetPriceSource, new SetPriceSource { Index = 0, SourceKey = Source, Weight = 1 });
Send(CommandKind.CreateAsset, new CreateAsset { Name = ShortName.From("USD"), Decimals = 6 });
Send(CommandKind.CreatePool, new CreatePool { Name = ShortName.From("main"), CollateralCount = 1, FeeTierCount = 1 });
Send(CommandKind.ListMarket, new ListMarket { Terms = Perpetual() });
foreach (uint account in new[] { Alice, Bob })
{
    Send(CommandKind.OpenAccount, new OpenAccount { Scopes = KeyScopes.Customer });
    Send(CommandKind.Deposit, new Deposit { ToAccount = account, AmountAtoms = 10_000 * Dollar });
}
Price(8_000);
Send(CommandKind.PlaceOrder, new PlaceOrder { Side = Side.Sell, PriceTicks = 8_000, Lots = 500 }, Bob);
Send(CommandKind.PlaceOrder, new PlaceOrder { Side = Side.Buy, PriceTicks = 8_000, Lots = 500 }, Alice);
Price(8_100);
venue.SealNow();

Console.WriteLine($"Alice has {Equity(Alice)} USD, Bob {Equity(Bob)} USD.");
Console.WriteLine($"Broken invariants: {Audit.FindViolation(venue.Engine) ?? "none"}.");
var again = new Ledger(genesis);
records.ForEach(record => again.Apply(record));
again.SealNow();
bool isSame = again.Last.Hash() == venue.Last.Hash();
Console.WriteLine($"State root {venue.Last.StateRoot}, executed again {(isSame ? "the same" : "another")}.");
return isSame ? 0 : 1;

long Equity(uint account) => venue.Engine.Margin.Cross(account).EquityAtoms / Dollar;

void Price(long dollars)
{
    var report = new ReportPrice { Price = dollars * 100, ObservedNs = genesis.StartTimeNs, ReportSequence = venue.LastSequence };
    Send(CommandKind.ReportPrice, report, signer: Source);
}

// Stamps a command, writes it as bytes and applies it. Here a trader's key has the number of the account.
void Send<T>(CommandKind kind, T command, uint account = 0, uint? signer = null)
    where T : unmanaged
{
    ref CommandHeader header = ref Unsafe.As<T, CommandHeader>(ref command);
    (header.Account, header.Key, header.Nonce) = (account, signer ?? account, ++nonces[signer ?? account]);
    (header.Sequence, header.TimeNs) = (venue.LastSequence + 1, genesis.StartTimeNs);
    var record = new byte[Unsafe.SizeOf<T>()];
    CommandCodec.Write(kind, ref command, record);
    records.Add(record);
    RefusalCode code = venue.Apply(record).Code;
    if (code != RefusalCode.None)
    {
        throw new InvalidOperationException($"{kind} was refused: {code}");
    }
}

// One tick is a dollar, one lot a thousandth of a coin: a lot gains 1,000 atoms a tick. Initial margin is 5%, maintenance 2.5%.
static MarketTerms Perpetual()
{
    var terms = new MarketTerms
    {
        Name = ShortName.From("BTC-PERPETUAL"),
        Kind = MarketKind.LinearPerpetual,
        AtomsPerTickLot = 1_000,
        IndexUnitsPerTick = 100,
        MaxPriceTicks = 60_000,
        MaxOrderLots = 100_000,
        MaxPositionLots = 500_000,
        MarginFloorTicks = 10,
        OpenInterestLowerAtoms = 100_000_000 * Dollar,
        OpenInterestUpperAtoms = 1_000_000_000 * Dollar,
        BasisCapPpm = 5_000,
        BasisWindowMs = 60_000,
        LiquidationBoundPpm = 20_000,
        MarketOrderBoundPpm = 30_000,
        FundingCapPpm = 7_500,
        TierCount = 1,
    };
    terms.Tiers[0] = new ListedTier { InitialPpm = 50_000, MaintenancePpm = 25_000 };
    return terms;
}
