namespace Surety.Protocol.Commands;

/// <summary>What a command asks for. Numbers are frozen: they are in journals.</summary>
public enum CommandKind : ushort
{
    /// <summary><see cref="None"/>.</summary>
    None = 0,

    /// <summary>Only moves time: the sequencer's own, with no key.</summary>
    Tick = 1,

    /// <summary>The command before it stopped the engine and is passed over: the sequencer's own, with no key.</summary>
    Exclusion = 2,

    /// <summary><see cref="CreateAsset"/>.</summary>
    CreateAsset = 10,
    /// <summary><see cref="CreatePool"/>.</summary>
    CreatePool = 11,
    /// <summary><see cref="CreateIndex"/>.</summary>
    CreateIndex = 12,
    /// <summary><see cref="SetPriceSource"/>.</summary>
    SetPriceSource = 13,
    /// <summary><see cref="ListMarket"/>.</summary>
    ListMarket = 14,
    /// <summary><see cref="SetMarketStatus"/>.</summary>
    SetMarketStatus = 15,
    /// <summary><see cref="OpenAccount"/>.</summary>
    OpenAccount = 16,
    /// <summary><see cref="Deposit"/>.</summary>
    Deposit = 17,
    /// <summary><see cref="ConfirmWithdrawal"/>.</summary>
    ConfirmWithdrawal = 18,
    /// <summary><see cref="ChangeMarket"/>.</summary>
    ChangeMarket = 19,
    /// <summary><see cref="WriteContractText"/>.</summary>
    WriteContractText = 20,
    /// <summary><see cref="ListContract"/>.</summary>
    ListContract = 21,
    /// <summary><see cref="CreateSurface"/>.</summary>
    CreateSurface = 22,
    /// <summary><see cref="ScheduleListings"/>.</summary>
    ScheduleListings = 23,
    /// <summary><see cref="ConfirmIndexPrice"/>.</summary>
    ConfirmIndexPrice = 24,
    /// <summary><see cref="LinkOwners"/>.</summary>
    LinkOwners = 25,

    /// <summary>Raises the room of a table.</summary>
    GrowCapacity = 28,

    /// <summary>Sets what an owner may take of the venue.</summary>
    SetOwnerLimits = 29,

    /// <summary><see cref="CreateSubAccount"/>.</summary>
    CreateSubAccount = 30,
    /// <summary><see cref="AddKey"/>.</summary>
    AddKey = 31,
    /// <summary><see cref="RevokeKey"/>.</summary>
    RevokeKey = 32,
    /// <summary><see cref="Withdraw"/>.</summary>
    Withdraw = 33,
    /// <summary><see cref="Transfer"/>.</summary>
    Transfer = 34,
    /// <summary><see cref="SetMarginMode"/>.</summary>
    SetMarginMode = 35,
    /// <summary><see cref="AdjustIsolatedMargin"/>.</summary>
    AdjustIsolatedMargin = 36,
    /// <summary><see cref="PlaceBackstopBid"/>.</summary>
    PlaceBackstopBid = 37,
    /// <summary><see cref="PostBond"/>.</summary>
    PostBond = 38,
    /// <summary><see cref="ExerciseContract"/>.</summary>
    ExerciseContract = 39,
    /// <summary><see cref="AllowAddress"/>.</summary>
    AllowAddress = 40,
    /// <summary><see cref="RemoveAddress"/>.</summary>
    RemoveAddress = 41,
    /// <summary><see cref="CancelWithdrawal"/>.</summary>
    CancelWithdrawal = 42,
    /// <summary><see cref="ApproveWithdrawal"/>.</summary>
    ApproveWithdrawal = 43,
    /// <summary><see cref="SetWithdrawalRule"/>.</summary>
    SetWithdrawalRule = 44,

    /// <summary>The venue's own, with scope <see cref="Rows.KeyScopes.Govern"/>.</summary>
    SetWithdrawalTerms = 45,

    /// <summary><see cref="CloseSubAccount"/>.</summary>
    CloseSubAccount = 47,

    /// <summary><see cref="PlaceOrder"/>.</summary>
    PlaceOrder = 50,
    /// <summary><see cref="AmendOrder"/>.</summary>
    AmendOrder = 51,
    /// <summary><see cref="CancelOrder"/>.</summary>
    CancelOrder = 52,
    /// <summary><see cref="CancelAll"/>.</summary>
    CancelAll = 53,
    /// <summary><see cref="PlaceTrigger"/>.</summary>
    PlaceTrigger = 54,
    /// <summary><see cref="PlaceTwap"/>.</summary>
    PlaceTwap = 55,
    /// <summary><see cref="MassQuote"/>.</summary>
    MassQuote = 56,
    /// <summary><see cref="SetQuoteProtection"/>.</summary>
    SetQuoteProtection = 57,

    /// <summary><see cref="ReportPrice"/>.</summary>
    ReportPrice = 70,

    /// <summary>A pool's new fees, from a time on: the operator's.</summary>
    SetFees = 100,
}
