namespace Surety.Pricing;

/// <summary>The right to buy or to sell.</summary>
public enum OptionType
{
    /// <summary>The right to buy.</summary>
    Call = 1,
    /// <summary>The right to sell.</summary>
    Put = -1,
}

/// <summary>Why a value cannot be given.</summary>
public enum PricingRefusal
{
    /// <summary>There is a result.</summary>
    None = 0,

    /// <summary>An input is not a finite number in its range; the documentation of the function says which range.</summary>
    InputOutOfRange = 1,

    /// <summary>The price is below intrinsic value: buying it and exercising gains without risk.</summary>
    BelowIntrinsic = 2,

    /// <summary>The price is at or above the forward (call) or strike (put): the most the option can ever be worth.</summary>
    AboveMaximum = 3,

    /// <summary>The price is intrinsic value itself: any volatility near zero gives it.</summary>
    AtIntrinsic = 4,
}
