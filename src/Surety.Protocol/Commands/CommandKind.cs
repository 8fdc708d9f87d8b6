namespace Surety.Protocol.Commands;

/// <summary>What a command asks for. Numbers are frozen: they are in journals.</summary>
public enum CommandKind : ushort
{
    None = 0,

    /// <summary>Only moves time: the sequencer's own, with no key.</summary>
    Tick = 1,

    /// <summary>The command before it stopped the engine and is passed over: the sequencer's own, with no key.</summary>
    Exclusion = 2,

    CreateAsset = 10,
    CreatePool = 11,
    CreateIndex = 12,
    SetPriceSource = 13,
    ListMarket = 14,
    SetMarketStatus = 15,
    OpenAccount = 16,
    Deposit = 17,
    ConfirmWithdrawal = 18,
    ChangeMarket = 19,
    WriteContractText = 20,
    ListContract = 21,
    CreateSurface = 22,
    ScheduleListings = 23,
    ConfirmIndexPrice = 24,
    LinkOwners = 25,

    /// <summary>Raises the room of a table.</summary>
    GrowCapacity = 28,

    /// <summary>Sets what an owner may take of the venue.</summary>
    SetOwnerLimits = 29,

    CreateSubAccount = 30,
    AddKey = 31,
    RevokeKey = 32,
    Withdraw = 33,
    Transfer = 34,
    SetMarginMode = 35,
    AdjustIsolatedMargin = 36,
    PlaceBackstopBid = 37,
    PostBond = 38,
    ExerciseContract = 39,
    AllowAddress = 40,
    RemoveAddress = 41,
    CancelWithdrawal = 42,
    ApproveWithdrawal = 43,
    SetWithdrawalRule = 44,

    /// <summary>The venue's own, with scope <see cref="Rows.KeyScopes.Govern"/>.</summary>
    SetWithdrawalTerms = 45,

    CloseSubAccount = 47,

    PlaceOrder = 50,
    AmendOrder = 51,
    CancelOrder = 52,
    CancelAll = 53,
    PlaceTrigger = 54,
    PlaceTwap = 55,
    MassQuote = 56,
    SetQuoteProtection = 57,

    ReportPrice = 70,

    /// <summary>A pool's new fees, from a time on: the operator's.</summary>
    SetFees = 100,
}
