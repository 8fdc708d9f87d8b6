// Generated from the structs of Surety.Protocol by GeneratedFileTests; do not edit. SURETY_UPDATE_GOLDEN=1 writes it again.

import { bytes, i32, i64, layout, list, struct, u16, u32, u64, u8 } from './layout';

// Blocks: how many records a leaf has, the longest record, the deepest tree; what tells one kind of hash from another.
export const GroupRecords = 16;
export const MostRecordBytes = 1024;
export const MostSiblings = 30;
export const MostPageBytes = 65536;
export const HashBytes = 32;
export const SaltBytes = 16;
export const CommandContext = 1145916739;
export const EventContext = 1414420037;
export const SideContext = 1162103123;

// What a format begins with: four letters and its version.
export const BlockHeaderMagic = 14148190803n;
export const PageProofMagic = 14064701523n;
export const RecordProofMagic = 9718551123n;
export const CertificateMagic = 18308353363n;
export const MostParts = 4096;

// What a signed message begins with.
export const SignsCommand = 'surety command\u0000\u0001';
export const SignsLogin = 'surety login\u0000\u0000\u0000\u0001';
export const SignsHeader = 'surety header\u0000\u0000\u0001';
export const SignsBatch = 'surety batch\u0000\u0000\u0000\u0001';
export const MostBatched = 64;

// A command's stamp is not signed; a key's row is in the low bits of its number.
export const StampBytes = 16;
export const SignatureBytes = 64;
export const KeyRowBits = 24;
export const PublicKeyBytes = 64;
export const MostSources = 16;
export const MostCollateral = 8;
export const MostTiers = 8;
export const MostPositionValue = 36028797018963968n;

/** Events between two accounts: length, and which bytes are each side's: offset and length. */
export const Divided: Record<number, { length: number; sides: readonly [Ranges, Ranges] }> = {
  13: { length: 80, sides: [[[4, 4], [40, 8], [56, 8]], [[48, 8], [64, 8], [72, 4]]] },
  20: { length: 40, sides: [[[4, 4]], [[36, 4]]] },
  42: { length: 56, sides: [[[4, 4], [48, 4], [52, 4]], [[16, 4]]] },
  46: { length: 40, sides: [[[4, 4]], [[32, 4]]] },
  47: { length: 48, sides: [[[4, 4]], [[32, 4]]] },
  48: { length: 56, sides: [[[4, 4]], [[40, 4]]] },
};

export type Ranges = readonly (readonly [at: number, length: number])[];

export const AccountFlags = {
  None: 0, Open: 1, InsuranceFund: 2, Operator: 4,
} as const;

export const BalanceReason = {
  None: 0, Deposit: 1, Withdrawal: 2, WithdrawalReturned: 3, Transfer: 4, IsolatedMargin: 5, LiquidationFee: 6, Takeover: 7,
  InsuranceCover: 8, BackstopDiscount: 9, CollateralSale: 10, LossShare: 11, Bond: 12, Slashed: 13, Interest: 14,
  TakeoverCharge: 15, RowFee: 40,
} as const;

export const CommandKind = {
  None: 0, Tick: 1, Exclusion: 2, CreateAsset: 10, CreatePool: 11, CreateIndex: 12, SetPriceSource: 13, ListMarket: 14,
  SetMarketStatus: 15, OpenAccount: 16, Deposit: 17, ConfirmWithdrawal: 18, ChangeMarket: 19, WriteContractText: 20,
  ListContract: 21, CreateSurface: 22, ScheduleListings: 23, ConfirmIndexPrice: 24, LinkOwners: 25, GrowCapacity: 28,
  SetOwnerLimits: 29, CreateSubAccount: 30, AddKey: 31, RevokeKey: 32, Withdraw: 33, Transfer: 34, SetMarginMode: 35,
  AdjustIsolatedMargin: 36, PlaceBackstopBid: 37, PostBond: 38, ExerciseContract: 39, AllowAddress: 40, RemoveAddress: 41,
  CancelWithdrawal: 42, ApproveWithdrawal: 43, SetWithdrawalRule: 44, SetWithdrawalTerms: 45, CloseSubAccount: 47,
  PlaceOrder: 50, AmendOrder: 51, CancelOrder: 52, CancelAll: 53, PlaceTrigger: 54, PlaceTwap: 55, MassQuote: 56,
  SetQuoteProtection: 57, ReportPrice: 70, SetFees: 100,
} as const;

export const ContractFlags = {
  None: 0, American: 1, Barrier: 2, BarrierIsUp: 4, ManyIndexes: 8, SurfaceInDoubt: 16,
} as const;

export const EndReason = {
  None: 0, Filled: 1, Cancelled: 2, NotImmediate: 3, Expired: 4, SelfTrade: 5, MarginShort: 6, NothingToReduce: 7,
  OneCancelsOther: 8, Liquidation: 9, MarketClosed: 10, QuoteProtection: 11, Triggered: 12, Refused: 13, OpenInterestCap: 14,
} as const;

export const EventKind = {
  None: 0, CommandRefused: 1, CommandAccepted: 2, CommandExcluded: 3, OrderPlaced: 10, OrderAmended: 11, OrderEnded: 12,
  Trade: 13, OrderTriggered: 14, QuotesPulled: 15, IcebergRefilled: 16, BalanceChanged: 20, IndexChanged: 30, MarkChanged: 31,
  IndexStateChanged: 32, MarketStatusChanged: 33, AuctionIndicated: 34, AuctionUncrossed: 35, SourceRewarded: 36,
  SourceSlashed: 37, TermsChanged: 38, LiquidationStarted: 40, LiquidationEnded: 41, PositionTransferred: 42, MarginCalled: 43,
  MarginCallPosition: 44, MarginCallCollateral: 45, LossShared: 46, CollateralSold: 47, BackstopTook: 48,
  BackstopBidPlaced: 49, MarketSettled: 50, PositionSettled: 51, ContractPaid: 52, ContractEnded: 53, ContractExercised: 54,
  ContractAssigned: 55, ContractListed: 56, ContractExerciseRequested: 57, ContractExerciseLapsed: 58, AddressAllowed: 60,
  AddressRemoved: 61, WithdrawalChanged: 62, WithdrawalRuleChanged: 63, WithdrawalTermsChanged: 64, OwnersLinked: 70,
  FeesChanged: 80, MarginCallModel: 90, MarginCallNode: 91,
} as const;

export const KeyScopes = {
  None: 0, Trade: 1, Withdraw: 2, Admin: 4, Read: 8, Customer: 15, Govern: 16, Report: 32, Custody: 64, Seal: 128, All: 255,
} as const;

export const LiquidationOutcome = {
  None: 0, Reduced: 1, TakenOver: 2, Deleveraged: 3, Auctioned: 4, CollateralSold: 5,
} as const;

export const MarketCauses = {
  None: 0, OperatorHalt: 1, OperatorReduceOnly: 2, OracleDoubt: 4, OracleLost: 8, Halting: 9, PriceBand: 16, FundLoss: 32,
  LiquidationRate: 64, Auctioning: 80, RefusalRate: 128, Reducing: 166,
} as const;

export const MarketKind = {
  None: 0, LinearPerpetual: 1, LinearFuture: 2, Contract: 3,
} as const;

export const MarketStatus = {
  None: 0, Trading: 1, ReduceOnly: 2, Halted: 3, Expired: 4, Auction: 5,
} as const;

export const OrderFlags = {
  None: 0, Sell: 1, PostOnly: 2, ReduceOnly: 4, HasDetails: 8, Iceberg: 16, Quote: 32, Slide: 64, Auction: 128,
  SelfTradeLow: 256, SelfTradeHigh: 512,
} as const;

export const OrderOptions = {
  None: 0, PostOnly: 1, Slide: 2, ReduceOnly: 4, Market: 8, All: 15,
} as const;

export const PositionFlags = {
  None: 0, Isolated: 1, Protected: 2,
} as const;

export const PriceState = {
  Absent: 0, Good: 1, Wide: 2, Stale: 3, Quarantined: 4,
} as const;

export const ProvenRoot = {
  Commands: 1, Events: 2, State: 3,
} as const;

export const RefusalCode = {
  None: 0, Malformed: 1, TimeBackwards: 2, Excluded: 3, UnknownAccount: 10, SignatureMissing: 11, UnknownKey: 12,
  KeyNotOfAccount: 13, KeyRevoked: 14, KeyExpired: 15, ScopeMissing: 16, CommandExpired: 17, NonceUsed: 18, ScopeBeyondOwn: 19,
  ExpiryBeyondOwn: 20, LastAdminKey: 21, UnknownMarket: 30, UnknownAsset: 31, UnknownPool: 32, UnknownIndex: 33,
  InvalidName: 34, InvalidField: 35, LimitReached: 36, WrongPool: 37, AmountOutOfRange: 38, NotOwner: 39, AccountClosed: 40,
  OwnerLimit: 41, AccountNotEmpty: 42, CapacityOutOfRange: 43, NameTaken: 46, MarketNotTrading: 50, MarketReduceOnly: 51,
  NoMarkPrice: 52, PriceOutOfRange: 53, LotsOutOfRange: 54, InvalidOptions: 55, GoodTillPassed: 56, MarketInAuction: 57,
  PriceBeyondBand: 58, OpenInterestCap: 59, DuplicateClientOrderId: 70, UnknownOrder: 71, TooManyOrders: 72,
  TooManyPositions: 73, VenueFull: 74, PositionLimit: 75, WouldTake: 76, WouldNotReduce: 77, CannotFill: 78, QuotesFrozen: 79,
  AmendWouldNotChange: 80, OtherHalfTaken: 81, NotLinkable: 86, AlreadyLinked: 87, OwnerPositionLimit: 88, DisplayTooSmall: 89,
  InitialMarginShort: 100, InsufficientBalance: 101, PositionNotFlat: 102, NotIsolated: 103, UnknownWithdrawal: 104,
  ProfitNotCash: 105, TransferMarginShort: 106, PriceInDoubt: 107, OutflowLimit: 108, BackstopUnderwater: 109,
  PoolHoldsLess: 110, CollateralUncapped: 111, CollateralSources: 112, CollateralCapReached: 113, NotASource: 120,
  ReportStale: 121, ReportFromFuture: 122, ReportReplayed: 123, ReportOutOfDomain: 124, ReportUncertain: 125, ReportJump: 126,
  NothingToConfirm: 127, CandidateElsewhere: 128, CandidateTooYoung: 129, ChangeTooSoon: 140, ChangeWouldLiquidate: 141,
  TermFixed: 142, SourceBelowQuorum: 143, SourceMovesPrice: 144, TextGap: 150, TextUnknown: 151, TextRefused: 152,
  TextBeyondPrices: 153, UnknownSurface: 154, NotExercisable: 155, ExercisePending: 158, NoAddressBook: 160,
  AddressInvalid: 161, UnknownAddress: 162, AddressInBook: 163, AddressBookFull: 164, AddressNotActive: 165,
  AddressRemoved: 166, KeyTooYoung: 167, WithdrawalDecided: 168, ApproverIsRequester: 169, TooManyWithdrawals: 170,
  RequesterGone: 171,
} as const;

export const SelfTradePrevention = {
  CancelNewest: 0, CancelOldest: 1, CancelBoth: 2, Decrement: 3,
} as const;

export const ShownSides = {
  None: 0, First: 1, Second: 2, Divided: 4,
} as const;

export const Side = {
  Buy: 0, Sell: 1,
} as const;

export const TableId = {
  Venue: 1, Assets: 2, Pools: 3, Indexes: 4, Markets: 5, Accounts: 6, Keys: 7, PublicKeys: 8, Positions: 9,
  QuoteProtections: 10, ClientOrders: 11, Orders: 12, OrderDetails: 13, Triggers: 14, Twaps: 15, Withdrawals: 16,
  BackstopBids: 17, PendingTerms: 18, ContractTexts: 19, Contracts: 20, Surfaces: 21, ListingSchedules: 22, Addresses: 23,
  KeyOrigins: 24, WithdrawalTerms: 25, OwnerWithdrawals: 26, FundHoldings: 28, Limits: 30, Owners: 31,
} as const;

export const TimeInForce = {
  GoodTillCancelled: 0, ImmediateOrCancel: 1, FillOrKill: 2, GoodTillTime: 3, Day: 4,
} as const;

export const TimerKind = {
  OrderExpiry: 0, TwapSlice: 1, MarketExpiry: 2, IndexCheck: 3, OracleGrace: 4, AuctionEnd: 5, BreakerEnd: 6, TermsChange: 7,
  ContractEvent: 8, Listing: 9, Interest: 10, DoubtEases: 13, BondRelease: 14, WithdrawalExpiry: 16,
} as const;

export const TriggerKind = {
  Stop: 0, TakeProfit: 1, TrailingStop: 2,
} as const;

export const TriggerSource = {
  Last: 0, Mark: 1, Index: 2,
} as const;

export const WithdrawalStatus = {
  None: 0, Requested: 1, Approved: 2, Paid: 3, Returned: 4, Cancelled: 5, Expired: 6,
} as const;

export const Account = /* @__PURE__ */ layout(128, {
  owner: u32(0), pool: u16(4), flags: u16(6), liveOrders: i32(8), clientOrderCursor: i32(12), volumeAtoms: i64(16),
  volumeDay: i32(24), conditionalOrders: i32(28), balances: list(32, 8, 8, i64), flowAtoms: i64(96), flowMinute: i32(104),
  flowAssetPlusOne: u16(108), firstComeMyriad: u16(110), beneficialOwner: u32(112), reserved2: u32(116), reserved3: i64(120),
});

export const CommandHeader = /* @__PURE__ */ layout(48, {
  sequence: u64(0), timeNs: i64(8), kind: u16(16), length: u16(18), account: u32(20), key: u32(24), reserved: u32(28),
  nonce: u64(32), expiresNs: i64(40),
});

export const AddKey = /* @__PURE__ */ layout(128, {
  header: struct(0, CommandHeader), publicKey: bytes(48, 64), keyExpiresNs: i64(112), scopes: u16(120), reserved0: u16(122),
  reserved1: u32(124),
});

export const EventHeader = /* @__PURE__ */ layout(16, {
  kind: u16(0), length: u16(2), account: u32(4), sequence: u64(8),
});

export const AddressAllowed = /* @__PURE__ */ layout(40, {
  header: struct(0, EventHeader), activeNs: i64(16), address: u32(24), key: u32(28), asset: u16(32), reserved0: u16(34),
  reserved1: u32(36),
});

export const AddressRemoved = /* @__PURE__ */ layout(32, {
  header: struct(0, EventHeader), address: u32(16), key: u32(20), asset: u16(24), reserved0: u16(26), reserved1: u32(28),
});

export const AdjustIsolatedMargin = /* @__PURE__ */ layout(64, {
  header: struct(0, CommandHeader), amountAtoms: i64(48), market: u16(56), reserved0: u16(58), reserved1: u32(60),
});

export const AllowAddress = /* @__PURE__ */ layout(208, {
  header: struct(0, CommandHeader), asset: u16(48), reserved0: u16(50), reserved1: u32(52), label: bytes(56, 24),
  text: bytes(80, 128),
});

export const AmendOrder = /* @__PURE__ */ layout(72, {
  header: struct(0, CommandHeader), orderId: u64(48), priceTicks: i64(56), totalLots: i64(64),
});

export const ApproveWithdrawal = /* @__PURE__ */ layout(56, {
  header: struct(0, CommandHeader), withdrawalId: u64(48),
});

export const Asset = /* @__PURE__ */ layout(128, {
  name: bytes(0, 24), status: u16(24), decimals: u16(26), priceIndexPlusOne: u16(28), reserved0: u16(30), haircutPpm: i32(32),
  reserved1: i32(36), collateralCapAtoms: i64(40), depositedAtoms: i64(48), withdrawnAtoms: i64(56),
  pendingWithdrawalAtoms: i64(64), outflowHourNs: i64(72), outflowAtoms: i64(80), poolCapAtoms: i64(88),
  outflowShareAtoms: i64(96), reserved4: i64(104),
});

export const AuctionIndicated = /* @__PURE__ */ layout(48, {
  header: struct(0, EventHeader), priceTicks: i64(16), lots: i64(24), surplusLots: i64(32), market: u16(40),
  reserved0: u16(42), reserved1: u32(44),
});

export const AuctionUncrossed = /* @__PURE__ */ layout(40, {
  header: struct(0, EventHeader), priceTicks: i64(16), lots: i64(24), market: u16(32), reserved0: u16(34), reserved1: u32(36),
});

export const BackstopBid = /* @__PURE__ */ layout(32, {
  accountPlusOne: u32(0), discountPpm: i32(4), maxNotionalAtoms: i64(8), timeNs: i64(16), reserved: i64(24),
});

export const BackstopBidPlaced = /* @__PURE__ */ layout(48, {
  header: struct(0, EventHeader), maxNotionalAtoms: i64(16), countsFromNs: i64(24), discountPpm: i32(32), reserved0: u32(36),
  reserved1: i64(40),
});

export const BackstopTook = /* @__PURE__ */ layout(56, {
  header: struct(0, EventHeader), notionalAtoms: i64(16), accountPaidAtoms: i64(24), fundPaidAtoms: i64(32),
  fromAccount: u32(40), discountPpm: i32(44), reserved: i64(48),
});

export const BalanceChanged = /* @__PURE__ */ layout(40, {
  header: struct(0, EventHeader), changeAtoms: i64(16), balanceAtoms: i64(24), asset: u16(32), reason: u8(34),
  reserved0: u8(35), counterparty: u32(36),
});

export const BatchFrame = /* @__PURE__ */ layout(72, {
  key: u32(0), count: i32(4), signature: bytes(8, 64),
});

export const BatchMark = /* @__PURE__ */ layout(8, {
  place: u32(0), reserved: u32(4),
});

export const BlockHeader = /* @__PURE__ */ layout(256, {
  magic: u64(0), height: u64(8), firstSequence: u64(16), commandCount: u64(24), timeNs: i64(32), commandBytes: u32(40),
  eventBytes: u32(44), venue: bytes(48, 32), previous: bytes(80, 32), commandsRoot: bytes(112, 32), eventsRoot: bytes(144, 32),
  stateRoot: bytes(176, 32), eventCount: u64(208), labels: bytes(216, 32), reserved0: i64(248),
});

export const CancelAll = /* @__PURE__ */ layout(56, {
  header: struct(0, CommandHeader), marketPlusOne: u32(48), reserved: u32(52),
});

export const CancelOrder = /* @__PURE__ */ layout(56, {
  header: struct(0, CommandHeader), orderId: u64(48),
});

export const CancelWithdrawal = /* @__PURE__ */ layout(56, {
  header: struct(0, CommandHeader), withdrawalId: u64(48),
});

export const CertificateFrame = /* @__PURE__ */ layout(16, {
  magic: u64(0), events: u16(8), pages: u16(10), reports: u16(12), reserved: u16(14),
});

export const ListedTier = /* @__PURE__ */ layout(16, {
  fromNotionalAtoms: i64(0), initialPpm: i32(8), maintenancePpm: i32(12),
});

export const MarketTerms = /* @__PURE__ */ layout(328, {
  name: bytes(0, 24), kind: u16(24), pool: u16(26), index: u16(28), tierCount: u16(30), atomsPerTickLot: i64(32),
  indexUnitsPerTick: i64(40), minPriceTicks: i64(48), maxPriceTicks: i64(56), maxOrderLots: i64(64), maxPositionLots: i64(72),
  marginFloorTicks: i64(80), openInterestLowerAtoms: i64(88), openInterestUpperAtoms: i64(96), expiryNs: i64(104),
  basisCapPpm: i32(112), basisWindowMs: i32(116), liquidationBoundPpm: i32(120), marketOrderBoundPpm: i32(124),
  fundingInterestPpm: i32(128), fundingCapPpm: i32(132), tiers: list(136, 8, 16, (at) => struct(at, ListedTier)),
  openInterestCapAtoms: i64(264), externalDepthAtoms: i64(272), openInterestFreeAtoms: i64(280), impactAtoms: i64(288),
  orderBandPpm: i32(296), bandHorizonMs: i32(300), bandSigmaMilli: i32(304), bandFloorPpm: i32(308), bandCapPpm: i32(312),
  auctionMs: i32(316), oracleGraceMs: i32(320), depthMultiple: u16(324), fundMultiple: u16(326),
});

export const ChangeMarket = /* @__PURE__ */ layout(392, {
  header: struct(0, CommandHeader), activateNs: i64(48), market: u32(56), reserved: u32(60), terms: struct(64, MarketTerms),
});

export const ClientOrder = /* @__PURE__ */ layout(16, {
  clientOrderId: u64(0), orderId: u64(8),
});

export const CloseSubAccount = /* @__PURE__ */ layout(56, {
  header: struct(0, CommandHeader), closed: u32(48), reserved: u32(52),
});

export const CollateralSold = /* @__PURE__ */ layout(48, {
  header: struct(0, EventHeader), amountAtoms: i64(16), proceedsAtoms: i64(24), fromAccount: u32(32), asset: u16(36),
  reserved0: u16(38), discountPpm: i32(40), reserved1: u32(44),
});

export const CommandAccepted = /* @__PURE__ */ layout(32, {
  header: struct(0, EventHeader), created: u64(16), kind: u16(24), reserved0: u16(26), reserved1: u32(28),
});

export const CommandExcluded = /* @__PURE__ */ layout(56, {
  header: struct(0, EventHeader), recordHash: bytes(16, 32), kind: u16(48), poolPlusOne: u16(50), reserved: u32(52),
});

export const CommandRefused = /* @__PURE__ */ layout(32, {
  header: struct(0, EventHeader), detail: i64(16), code: u16(24), kind: u16(26), reserved: u32(28),
});

export const ConfirmIndexPrice = /* @__PURE__ */ layout(64, {
  header: struct(0, CommandHeader), price: i64(48), tolerancePpm: i32(56), index: u16(60), reserved: u16(62),
});

export const ConfirmWithdrawal = /* @__PURE__ */ layout(64, {
  header: struct(0, CommandHeader), withdrawalId: u64(48), paid: u32(56), reserved: u32(60),
});

export const ContractEnded = /* @__PURE__ */ layout(40, {
  header: struct(0, EventHeader), priceTicks: i64(16), timeMs: i64(24), market: u16(32), clause: u16(34), reserved: u32(36),
});

export const ContractExerciseRequested = /* @__PURE__ */ layout(40, {
  header: struct(0, EventHeader), lots: i64(16), afterNs: i64(24), market: u16(32), reserved0: u16(34), reserved1: u32(36),
});

export const ContractExercised = /* @__PURE__ */ layout(48, {
  header: struct(0, EventHeader), lots: i64(16), priceTicks: i64(24), lotsBefore: i64(32), market: u16(40), reserved0: u16(42),
  reserved1: u32(44),
});

export const ContractListed = /* @__PURE__ */ layout(56, {
  header: struct(0, EventHeader), name: bytes(16, 24), detail: i64(40), market: u16(48), code: u16(50), reserved: u32(52),
});

export const ContractPaid = /* @__PURE__ */ layout(40, {
  header: struct(0, EventHeader), atomsPerLot: i64(16), timeMs: i64(24), market: u16(32), clause: u16(34), reserved: u32(36),
});

export const ContractText = /* @__PURE__ */ layout(3136, {
  hash: bytes(0, 32), length: i32(32), reserved0: i32(36), reserved1: i64(40), reserved2: i64(48), reserved3: i64(56),
  bytes: bytes(64, 3072),
});

export const CreateAsset = /* @__PURE__ */ layout(96, {
  header: struct(0, CommandHeader), name: bytes(48, 24), collateralCapAtoms: i64(72), haircutPpm: i32(80), decimals: u16(84),
  priceIndexPlusOne: u16(86), poolCapAtoms: i64(88),
});

export const CreateIndex = /* @__PURE__ */ layout(168, {
  header: struct(0, CommandHeader), name: bytes(48, 24), decimals: u16(72), quorum: u16(74), maxAgeMs: i32(76),
  minPrice: i64(80), maxPrice: i64(88), jumpFloor: i64(96), rewardAtoms: i64(104), absentMs: i32(112), quarantinePpm: i32(116),
  confirmMs: i32(120), widePpm: i32(124), confidencePpm: i32(128), slowMs: i32(132), outlierPpm: i32(136), slashPpm: i32(140),
  outlierLimit: i32(144), bondWindowMs: i32(148), bondPoolPlusOne: u16(152), reserved0: u16(154), reserved1: u32(156),
  reserved2: i64(160),
});

export const FeeTier = /* @__PURE__ */ layout(16, {
  fromVolumeAtoms: i64(0), makerPpm: i32(8), takerPpm: i32(12),
});

export const PoolRules = /* @__PURE__ */ layout(64, {
  profitHaircutPpm: i32(0), transferMarginPpm: i32(4), outflowPpm: i32(8), fundLossPpm: i32(12), fundMarketPpm: i32(16),
  backstopDiscountPpm: i32(20), liquidationRatePpm: i32(24), deleverageHedges: i32(28), freeAtoms: i64(32), scanPpm: i32(40),
  takeoverChargePpm: i32(44), debtRatePpm: i32(48), inventoryPpm: i32(52), bidDelayMs: i32(56), reserved0: i32(60),
});

export const CreatePool = /* @__PURE__ */ layout(288, {
  header: struct(0, CommandHeader), name: bytes(48, 24), collateral: list(72, 8, 2, u16), collateralCount: u16(88),
  feeTierCount: u16(90), liquidationFeePpm: i32(92), feeTiers: list(96, 8, 16, (at) => struct(at, FeeTier)),
  rules: struct(224, PoolRules),
});

export const CreateSubAccount = /* @__PURE__ */ layout(56, {
  header: struct(0, CommandHeader), pool: u16(48), reserved0: u16(50), reserved1: u32(52),
});

export const CreateSurface = /* @__PURE__ */ layout(184, {
  header: struct(0, CommandHeader), underlying: u16(48), tenorCount: u16(50), moneynessCount: u16(52), reserved: u16(54),
  tenorMinutes: list(56, 8, 4, i32), moneynessMilli: list(88, 8, 4, i32), nodes0: list(120, 16, 2, u16),
  nodes1: list(152, 8, 2, u16), reserved2: i64(168), reserved3: i64(176),
});

export const Deposit = /* @__PURE__ */ layout(64, {
  header: struct(0, CommandHeader), amountAtoms: i64(48), toAccount: u32(56), asset: u16(60), reserved: u16(62),
});

export const DirectoryEntry = /* @__PURE__ */ layout(40, {
  table: u32(0), pages: u32(4), root: bytes(8, 32),
});

export const DueTimer = /* @__PURE__ */ layout(24, {
  dueNs: i64(0), id: u64(8), kind: u8(16), reserved0: u8(17), reserved1: u16(18), reserved2: u32(20),
});

export const Exclusion = /* @__PURE__ */ layout(112, {
  header: struct(0, CommandHeader), excluded: u64(48), recordHash: bytes(56, 32), timer: struct(88, DueTimer),
});

export const ExerciseContract = /* @__PURE__ */ layout(64, {
  header: struct(0, CommandHeader), lots: i64(48), market: u16(56), reserved0: u16(58), reserved1: u32(60),
});

export const FeesChanged = /* @__PURE__ */ layout(160, {
  header: struct(0, EventHeader), activateNs: i64(16), pool: u16(24), feeTierCount: u16(26), liquidationFeePpm: i32(28),
  feeTiers: list(32, 8, 16, (at) => struct(at, FeeTier)),
});

export const FundHolding = /* @__PURE__ */ layout(16, {
  units: i64(0), chargeAtoms: i64(8),
});

export const Genesis = /* @__PURE__ */ layout(256, {
  magic: u64(0), name: bytes(8, 24), operatorKey: bytes(32, 64), startTimeNs: i64(96), requireSignatures: i32(104),
  maxAccounts: i32(108), maxKeys: i32(112), maxAssets: i32(116), maxPools: i32(120), maxIndexes: i32(124),
  maxMarkets: i32(128), positionsPerAccount: i32(132), ordersPerAccount: i32(136), clientOrdersPerAccount: i32(140),
  maxOrders: i32(144), maxTriggers: i32(148), maxTwaps: i32(152), maxWithdrawals: i32(156), blockCommands: i32(160),
  blockMs: i32(164), reserved0: i32(168), addressesPerOwner: i32(172), addressDelaySeconds: i32(176),
  keyDelaySeconds: i32(180), confirmSeconds: i32(184), reserved3: i32(188), reserved4: i64(192), reserved5: i64(200),
  reserved6: i64(208), reserved7: i64(216),
});

export const GrowCapacity = /* @__PURE__ */ layout(56, {
  header: struct(0, CommandHeader), table: u32(48), capacity: i32(52),
});

export const IcebergRefilled = /* @__PURE__ */ layout(32, {
  header: struct(0, EventHeader), orderId: u64(16), shownLots: i64(24),
});

export const IndexChanged = /* @__PURE__ */ layout(40, {
  header: struct(0, EventHeader), price: i64(16), dispersion: i64(24), index: u16(32), freshSources: u16(34), state: u16(36),
  reserved: u16(38),
});

export const IndexStateChanged = /* @__PURE__ */ layout(40, {
  header: struct(0, EventHeader), price: i64(16), candidate: i64(24), index: u16(32), from: u16(34), to: u16(36),
  freshSources: u16(38),
});

export const Key = /* @__PURE__ */ layout(32, {
  account: u32(0), scopes: u16(4), status: u8(6), generation: u8(7), expiresNs: i64(8), highestNonce: u64(16),
  usedNonces: u64(24),
});

export const KeyOrigin = /* @__PURE__ */ layout(16, {
  addedNs: i64(0), addedBy: u32(8), reserved: u32(12),
});

export const LinkOwners = /* @__PURE__ */ layout(64, {
  header: struct(0, CommandHeader), owner: u32(48), with: u32(52), reserved: i64(56),
});

export const LiquidationEnded = /* @__PURE__ */ layout(40, {
  header: struct(0, EventHeader), residualAtoms: i64(16), feeAtoms: i64(24), isolatedMarketPlusOne: u32(32), outcome: u8(36),
  reserved0: u8(37), reserved1: u16(38),
});

export const LiquidationStarted = /* @__PURE__ */ layout(40, {
  header: struct(0, EventHeader), equityAtoms: i64(16), maintenanceAtoms: i64(24), isolatedMarketPlusOne: u32(32),
  reserved: u32(36),
});

export const ListContract = /* @__PURE__ */ layout(424, {
  header: struct(0, CommandHeader), terms: struct(48, MarketTerms), textHash: bytes(376, 32), surfacePlusOne: u16(408),
  reserved0: u16(410), reserved1: u32(412), reserved2: i64(416),
});

export const ListMarket = /* @__PURE__ */ layout(376, {
  header: struct(0, CommandHeader), terms: struct(48, MarketTerms),
});

export const ListingSchedule = /* @__PURE__ */ layout(448, {
  terms: struct(0, MarketTerms), strikeStep: i64(328), strikesEachSide: u16(336), weeks: u16(338), months: u16(340),
  quarters: u16(342), surfacePlusOne: u16(344), reserved0: u16(346), reserved1: u32(348), nextNs: i64(352),
  reserved2: i64(360), reserved3: i64(368), reserved4: i64(376),
});

export const LossShared = /* @__PURE__ */ layout(40, {
  header: struct(0, EventHeader), shareAtoms: i64(16), deficitAtoms: i64(24), fromAccount: u32(32), reserved: u32(36),
});

export const MarginCallCollateral = /* @__PURE__ */ layout(72, {
  header: struct(0, EventHeader), amountAtoms: i64(16), capAtoms: i64(24), price: i64(32), valueAtoms: i64(40),
  haircutPpm: i32(48), asset: u16(52), index: u16(54), scaleDecimals: u32(56), reserved0: u32(60), reserved1: i64(64),
});

export const MarginCallModel = /* @__PURE__ */ layout(336, {
  header: struct(0, EventHeader), underlyingTicks: i64(16), markMs: i64(24), windowMs: i64(32), valuePerLot: i64(40),
  deltaPerLot: i64(48), volatilityPpm: i32(56), deltaPpm: i32(60), openPpm: i32(64), scanPpm: i32(68), market: u16(72),
  surfacePlusOne: u16(74), reserved: u32(76), losses0: list(80, 16, 8, i64), losses1: list(208, 16, 8, i64),
});

export const MarginCallNode = /* @__PURE__ */ layout(40, {
  header: struct(0, EventHeader), price: i64(16), volatilityPpm: i32(24), surface: u16(28), node: u16(30), index: u16(32),
  reserved0: u16(34), reserved1: u32(36),
});

export const MarginCallPosition = /* @__PURE__ */ layout(128, {
  header: struct(0, EventHeader), lots: i64(16), entryCostAtoms: i64(24), entryFundingIndex: i64(32), fundingIndex: i64(40),
  markTicks: i64(48), indexPrice: i64(56), indexUnitsPerTick: i64(64), atomsPerTickLot: i64(72), marginFloorTicks: i64(80),
  deductionAtoms: i64(88), unrealisedAtoms: i64(96), maintenanceAtoms: i64(104), maintenancePpm: i32(112),
  basisCapPpm: i32(116), market: u16(120), index: u16(122), reserved: u32(124),
});

export const MarginCalled = /* @__PURE__ */ layout(72, {
  header: struct(0, EventHeader), timeNs: i64(16), balanceAtoms: i64(24), equityAtoms: i64(32), maintenanceAtoms: i64(40),
  initialAtoms: i64(48), isolatedMarketPlusOne: u32(56), positions: u16(60), collaterals: u16(62), byModel: u32(64),
  models: u16(68), nodes: u16(70),
});

export const MarginTier = /* @__PURE__ */ layout(32, {
  fromNotionalAtoms: i64(0), initialPpm: i32(8), maintenancePpm: i32(12), initialDeductionAtoms: i64(16),
  maintenanceDeductionAtoms: i64(24),
});

export const MarkChanged = /* @__PURE__ */ layout(48, {
  header: struct(0, EventHeader), markTicks: i64(16), indexTicks: i64(24), fundingIndex: i64(32), market: u16(40),
  reserved0: u16(42), fundingPpb: i32(44),
});

export const Market = /* @__PURE__ */ layout(1024, {
  markTicks: i64(0), atomsPerTickLot: i64(8), fundingIndex: i64(16), marginFloorTicks: i64(24), openInterestPpm: i32(32),
  tierCount: u16(36), status: u16(38), kind: u16(40), pool: u16(42), index: u16(44), hasMark: u16(46),
  openInterestLots: i64(48), strikeTicks: i64(56), tiers: list(64, 8, 32, (at) => struct(at, MarginTier)),
  name: bytes(320, 24), indexTicks: i64(344), lastTicks: i64(352), hasLast: u16(360), indexInDoubt: u16(362),
  basisCapPpm: i32(364), basisTicks16: i64(368), basisTimeNs: i64(376), basisWindowMs: i32(384), liquidationBoundPpm: i32(388),
  marketOrderBoundPpm: i32(392), fundingInterestPpm: i32(396), fundingCapPpm: i32(400), fundingRatePpb: i32(404),
  fundingRemainder: i64(408), fundingTimeMs: i64(416), minPriceTicks: i64(424), maxPriceTicks: i64(432),
  maxOrderLots: i64(440), maxPositionLots: i64(448), indexUnitsPerTick: i64(456), openInterestLowerAtoms: i64(464),
  openInterestUpperAtoms: i64(472), expiryNs: i64(480), settlementSum: i64(488), settlementMs: i64(496),
  settlementTimeNs: i64(504), tradeCount: i64(512), volumeLots: i64(520), causes: u32(528), orderBandPpm: i32(532),
  bandHorizonMs: i32(536), bandSigmaMilli: i32(540), bandFloorPpm: i32(544), bandCapPpm: i32(548), auctionMs: i32(552),
  oracleGraceMs: i32(556), depthMultiple: i32(560), fundMultiple: i32(564), openInterestCapAtoms: i64(568),
  externalDepthAtoms: i64(576), openInterestFreeAtoms: i64(584), impactAtoms: i64(592), openInterestCapLots: i64(600),
  auctionEndNs: i64(608), oracleDoubtNs: i64(616), windowNs: i64(624), windowLowTicks: i64(632), windowHighTicks: i64(640),
  earlierLowTicks: i64(648), earlierHighTicks: i64(656), premiumSumPpb: i64(664), premiumSamples: i32(672),
  premiumHour: i32(676), premiumNs: i64(680), fundSpentAtoms: i64(688), fundWindowNs: i64(696), reserved2: i64(704),
  clearingAtoms: i64(712), underlyingTicks: i64(720), leastTicks: i64(728), mostTicks: i64(736), barrierTicks: i64(744),
  volatilityPpm: i32(752), deltaPpm: i32(756), surfacePlusOne: u16(760), shape: u16(762), flags: u16(764), reserved1: u16(766),
  markMs: i64(768), exerciseLots: i64(776), liquidationMinuteNs: i64(784), liquidatedAtoms: i64(792),
});

export const MarketSettled = /* @__PURE__ */ layout(32, {
  header: struct(0, EventHeader), priceTicks: i64(16), market: u16(24), reserved0: u16(26), reserved1: u32(28),
});

export const MarketStatusChanged = /* @__PURE__ */ layout(40, {
  header: struct(0, EventHeader), untilNs: i64(16), causes: u32(24), market: u16(28), from: u16(30), to: u16(32),
  reserved0: u16(34), reserved1: u32(36),
});

export const QuoteEntry = /* @__PURE__ */ layout(40, {
  bidTicks: i64(0), bidLots: i64(8), askTicks: i64(16), askLots: i64(24), market: u16(32), reserved0: u16(34),
  reserved1: u32(36),
});

export const MassQuote = /* @__PURE__ */ layout(696, {
  header: struct(0, CommandHeader), count: u32(48), reserved: u32(52),
  entries: list(56, 16, 40, (at) => struct(at, QuoteEntry)),
});

export const OpenAccount = /* @__PURE__ */ layout(128, {
  header: struct(0, CommandHeader), publicKey: bytes(48, 64), keyExpiresNs: i64(112), scopes: u16(120), pool: u16(122),
  reserved: u32(124),
});

export const Order = /* @__PURE__ */ layout(64, {
  id: u64(0), clientOrderId: u64(8), priceTicks: i64(16), openLots: i64(24), filledLots: i64(32), priority: u64(40),
  account: u32(48), reserveTicks: u32(52), market: u16(56), flags: u16(58), reserved: u32(60),
});

export const OrderAmended = /* @__PURE__ */ layout(40, {
  header: struct(0, EventHeader), orderId: u64(16), priceTicks: i64(24), openLots: i64(32),
});

export const OrderDetails = /* @__PURE__ */ layout(64, {
  expiresNs: i64(0), displayLots: i64(8), shownLots: i64(16), oneCancelsOther: u64(24), parent: u64(32), reserved0: i64(40),
  reserved1: i64(48), reserved2: i64(56),
});

export const OrderEnded = /* @__PURE__ */ layout(40, {
  header: struct(0, EventHeader), orderId: u64(16), restLots: i64(24), market: u16(32), reason: u8(34), reserved0: u8(35),
  code: u16(36), reserved1: u16(38),
});

export const OrderPlaced = /* @__PURE__ */ layout(64, {
  header: struct(0, EventHeader), orderId: u64(16), clientOrderId: u64(24), priceTicks: i64(32), lots: i64(40),
  market: u16(48), flags: u16(50), reserved0: u32(52), parent: u64(56),
});

export const OrderTriggered = /* @__PURE__ */ layout(40, {
  header: struct(0, EventHeader), triggerId: u64(16), orderId: u64(24), priceTicks: i64(32),
});

export const OwnerRow = /* @__PURE__ */ layout(32, {
  refusalMinuteNs: i64(0), refusals: i32(8), factor: i32(12), reserved0: i64(16), reserved1: i64(24),
});

export const OwnerWithdrawals = /* @__PURE__ */ layout(16, {
  singleKeyFromNs: i64(0), addresses: i32(8), pending: i32(12),
});

export const OwnersLinked = /* @__PURE__ */ layout(32, {
  header: struct(0, EventHeader), owner: u32(16), with: u32(20), reserved: i64(24),
});

export const PageProofFrame = /* @__PURE__ */ layout(304, {
  magic: u64(0), header: struct(8, BlockHeader), root: u16(264), reserved: u16(266), table: u32(268), pageIndex: u32(272),
  pageBytes: u32(276), siblings: u32(280), directoryBytes: u32(284), salt: bytes(288, 16),
});

export const PendingTerms = /* @__PURE__ */ layout(384, {
  activateNs: i64(0), marketPlusOne: u32(8), reserved0: u32(12), terms: struct(16, MarketTerms), reserved1: i64(344),
  reserved2: i64(352), reserved3: i64(360), reserved4: i64(368), reserved5: i64(376),
});

export const PlaceBackstopBid = /* @__PURE__ */ layout(64, {
  header: struct(0, CommandHeader), maxNotionalAtoms: i64(48), discountPpm: i32(56), reserved: i32(60),
});

export const PlaceOrder = /* @__PURE__ */ layout(104, {
  header: struct(0, CommandHeader), clientOrderId: u64(48), priceTicks: i64(56), lots: i64(64), displayLots: i64(72),
  goodTillNs: i64(80), oneCancelsOther: u64(88), market: u16(96), options: u16(98), side: u8(100), timeInForce: u8(101),
  selfTrade: u8(102), noProtection: u8(103),
});

export const PlaceTrigger = /* @__PURE__ */ layout(112, {
  header: struct(0, CommandHeader), clientOrderId: u64(48), triggerTicks: i64(56), trailTicks: i64(64), priceTicks: i64(72),
  lots: i64(80), goodTillNs: i64(88), oneCancelsOther: u64(96), market: u16(104), options: u16(106), side: u8(108),
  kind: u8(109), source: u8(110), selfTrade: u8(111),
});

export const PlaceTwap = /* @__PURE__ */ layout(96, {
  header: struct(0, CommandHeader), clientOrderId: u64(48), priceTicks: i64(56), totalLots: i64(64), intervalNs: i64(72),
  slices: i32(80), market: u16(84), options: u16(86), side: u8(88), selfTrade: u8(89), reserved0: u16(90), reserved1: u32(92),
});

export const Pool = /* @__PURE__ */ layout(512, {
  name: bytes(0, 24), status: u16(24), collateralCount: u16(26), feeTierCount: u16(28), reserved0: u16(30),
  collateral: list(32, 8, 2, u16), insuranceAccount: u32(48), liquidationFeePpm: i32(52), feesAtoms: i64(56),
  feeTiers: list(64, 8, 16, (at) => struct(at, FeeTier)), rules: struct(192, PoolRules), fundHourNs: i64(256),
  fundHourEquityAtoms: i64(264), fundSpentAtoms: i64(272), reserved3: i64(280), reserved4: i64(288), sharedLossAtoms: i64(296),
  heldAtoms: i64(304), reserved2: i64(312), feesActNs: i64(320), nextLiquidationFeePpm: i32(328), nextFeeTierCount: u16(332),
  reserved5: u16(334), nextFeeTiers: list(336, 8, 16, (at) => struct(at, FeeTier)), reserved6: i64(464), reserved7: i64(472),
  reserved8: i64(480), reserved9: i64(488), reserved10: i64(496), reserved11: i64(504),
});

export const Position = /* @__PURE__ */ layout(64, {
  lots: i64(0), entryCostAtoms: i64(8), fundingIndex: i64(16), isolatedAtoms: i64(24), quoteBid: u64(32), quoteAsk: u64(40),
  marketPlusOne: u16(48), flags: u16(50), leverage: u32(52), exerciseAfterS: u32(56), exerciseLots: u32(60),
});

export const PositionSettled = /* @__PURE__ */ layout(40, {
  header: struct(0, EventHeader), lots: i64(16), profitAtoms: i64(24), market: u16(32), reserved0: u16(34), reserved1: u32(36),
});

export const PositionTransferred = /* @__PURE__ */ layout(56, {
  header: struct(0, EventHeader), fromAccount: u32(16), market: u16(20), cause: u8(22), last: u8(23), lots: i64(24),
  costAtoms: i64(32), gainAtoms: i64(40), place: u32(48), hedged: u32(52),
});

export const PostBond = /* @__PURE__ */ layout(64, {
  header: struct(0, CommandHeader), amountAtoms: i64(48), sourceKey: u32(56), index: u16(60), reserved: u16(62),
});

export const PriceSource = /* @__PURE__ */ layout(128, {
  keyPlusOne: u32(0), weight: u32(4), price: i64(8), confidence: i64(16), timeNs: i64(24), sequence: u64(32), jumpPpm: i32(40),
  outliers: i32(44), minPrice: i64(48), maxPrice: i64(56), bondAtoms: i64(64), bondAccount: u32(72), timely: i32(76),
  windowNs: i64(80), earnedNs: i64(88), earnedAtoms: i64(96), slashedAtoms: i64(104), unbondingAtoms: i64(112),
  unbondedNs: i64(120),
});

export const PriceIndex = /* @__PURE__ */ layout(2304, {
  name: bytes(0, 24), status: u16(24), decimals: u16(26), sourceCount: u16(28), quorum: u16(30), maxAgeMs: i32(32),
  hasPrice: i32(36), price: i64(40), timeNs: i64(48), dispersion: i64(56), updates: u64(64), state: u16(72),
  bondPoolPlusOne: u16(74), absentMs: i32(76), confidence: i64(80), candidate: i64(88), candidateNs: i64(96),
  minPrice: i64(104), maxPrice: i64(112), jumpFloor: i64(120), quarantinePpm: i32(128), confirmMs: i32(132), widePpm: i32(136),
  confidencePpm: i32(140), slowPrice: i64(144), slowMs: i32(152), outlierPpm: i32(156), variancePpm2: i64(160),
  rewardAtoms: i64(168), slashPpm: i32(176), outlierLimit: i32(180), bondWindowMs: i32(184), haircutPpm: i32(188),
  confirmedNs: i64(192), slowFraction: i64(200), varianceFraction: i64(208), doubtNs: i64(216), reserved5: i64(224),
  reserved6: i64(232), reserved7: i64(240), reserved8: i64(248), sources: list(256, 16, 128, (at) => struct(at, PriceSource)),
});

export const QuoteProtection = /* @__PURE__ */ layout(64, {
  windowNs: i64(0), lotsLimit: i64(8), deltaLimit: i64(16), freezeNs: i64(24), windowStartNs: i64(32), filledLots: i64(40),
  netLots: i64(48), frozenUntilNs: i64(56),
});

export const QuotesPulled = /* @__PURE__ */ layout(32, {
  header: struct(0, EventHeader), frozenUntilNs: i64(16), market: u16(24), reserved0: u16(26), reserved1: u32(28),
});

export const RecordProofFrame = /* @__PURE__ */ layout(280, {
  magic: u64(0), header: struct(8, BlockHeader), root: u16(264), shown: u16(266), place: u32(268), recordBytes: u32(272),
  siblings: u32(276),
});

export const RemoveAddress = /* @__PURE__ */ layout(56, {
  header: struct(0, CommandHeader), address: u32(48), reserved: u32(52),
});

export const ReportPrice = /* @__PURE__ */ layout(88, {
  header: struct(0, CommandHeader), price: i64(48), confidence: i64(56), observedNs: i64(64), reportSequence: u64(72),
  index: u16(80), reserved0: u16(82), reserved1: u32(84),
});

export const RevokeKey = /* @__PURE__ */ layout(56, {
  header: struct(0, CommandHeader), revokedKey: u32(48), reserved: u32(52),
});

export const ScheduleListings = /* @__PURE__ */ layout(424, {
  header: struct(0, CommandHeader), terms: struct(48, MarketTerms), strikeStep: i64(376), strikesEachSide: u16(384),
  weeks: u16(386), months: u16(388), quarters: u16(390), surfacePlusOne: u16(392), reserved0: u16(394), reserved1: u32(396),
  reserved2: i64(400), reserved3: i64(408),
});

export const SealFrame = /* @__PURE__ */ layout(144, {
  height: u64(0), key: u32(8), reserved: u32(12), publicKey: bytes(16, 64), signature: bytes(80, 64),
});

export const SetFees = /* @__PURE__ */ layout(192, {
  header: struct(0, CommandHeader), pool: u16(48), feeTierCount: u16(50), liquidationFeePpm: i32(52), activateNs: i64(56),
  feeTiers: list(64, 8, 16, (at) => struct(at, FeeTier)),
});

export const SetMarginMode = /* @__PURE__ */ layout(56, {
  header: struct(0, CommandHeader), market: u16(48), isolated: u16(50), reserved: u32(52),
});

export const SetMarketStatus = /* @__PURE__ */ layout(56, {
  header: struct(0, CommandHeader), market: u16(48), status: u16(50), reserved: u32(52),
});

export const SetOwnerLimits = /* @__PURE__ */ layout(112, {
  header: struct(0, CommandHeader), ownerPlusOne: u32(48), factor: i32(52), subAccounts: i32(56), keys: i32(60),
  orders: i32(64), triggers: i32(68), twaps: i32(72), withdrawals: i32(76), freeSubAccounts: i32(80), freeKeys: i32(84),
  rowFeeMilli: i64(88), refusals: i32(96), keyRestMinutes: i32(100),
});

export const SetPriceSource = /* @__PURE__ */ layout(80, {
  header: struct(0, CommandHeader), sourceKey: u32(48), weight: u32(52), index: u16(56), reserved0: u16(58), jumpPpm: i32(60),
  minPrice: i64(64), maxPrice: i64(72),
});

export const SetQuoteProtection = /* @__PURE__ */ layout(88, {
  header: struct(0, CommandHeader), windowNs: i64(48), lotsLimit: i64(56), deltaLimit: i64(64), freezeNs: i64(72),
  market: u16(80), reserved0: u16(82), reserved1: u32(84),
});

export const SetWithdrawalRule = /* @__PURE__ */ layout(56, {
  header: struct(0, CommandHeader), secondKey: u16(48), reserved0: u16(50), reserved1: u32(52),
});

export const SetWithdrawalTerms = /* @__PURE__ */ layout(64, {
  header: struct(0, CommandHeader), addressDelaySeconds: i32(48), keyDelaySeconds: i32(52), confirmSeconds: i32(56),
  reserved: i32(60),
});

export const SignedReport = /* @__PURE__ */ layout(152, {
  report: struct(0, ReportPrice), signature: bytes(88, 64),
});

export const SourceSettled = /* @__PURE__ */ layout(40, {
  header: struct(0, EventHeader), amountAtoms: i64(16), bondAtoms: i64(24), sourceKey: u32(32), index: u16(36),
  reserved: u16(38),
});

export const Surface = /* @__PURE__ */ layout(192, {
  underlying: u16(0), tenorCount: u16(2), moneynessCount: u16(4), hasPrices: u16(6), inDoubt: u16(8), hasArbitrage: u16(10),
  reserved0: u32(12), tenorMinutes: list(16, 8, 4, i32), moneynessMilli: list(48, 8, 4, i32), nodes0: list(80, 16, 2, u16),
  nodes1: list(112, 8, 2, u16), reserved1: i64(128), reserved2: i64(136), reserved3: i64(144), reserved4: i64(152),
  reserved5: i64(160), reserved6: i64(168), reserved7: i64(176),
});

export const TermsChanged = /* @__PURE__ */ layout(32, {
  header: struct(0, EventHeader), detail: i64(16), market: u16(24), code: u16(26), reserved: u32(28),
});

export const Trade = /* @__PURE__ */ layout(80, {
  header: struct(0, EventHeader), tradeId: u64(16), priceTicks: i64(24), lots: i64(32), takerOrder: u64(40),
  makerOrder: u64(48), takerFeeAtoms: i64(56), makerFeeAtoms: i64(64), makerAccount: u32(72), market: u16(76),
  takerSide: u8(78), liquidation: u8(79),
});

export const Transfer = /* @__PURE__ */ layout(64, {
  header: struct(0, CommandHeader), amountAtoms: i64(48), toAccount: u32(56), asset: u16(60), reserved: u16(62),
});

export const Trigger = /* @__PURE__ */ layout(128, {
  id: u64(0), clientOrderId: u64(8), triggerTicks: i64(16), trailTicks: i64(24), priceTicks: i64(32), lots: i64(40),
  expiresNs: i64(48), oneCancelsOther: u64(56), account: u32(64), market: u16(68), options: u16(70), side: u8(72),
  timeInForce: u8(73), kind: u8(74), source: u8(75), selfTrade: u8(76), reserved0: u8(77), reserved1: u16(78),
  reserved2: i64(80), reserved3: i64(88), reserved4: i64(96), reserved5: i64(104), reserved6: i64(112), reserved7: i64(120),
});

export const Twap = /* @__PURE__ */ layout(128, {
  id: u64(0), clientOrderId: u64(8), priceTicks: i64(16), totalLots: i64(24), filledLots: i64(32), intervalNs: i64(40),
  nextSliceNs: i64(48), slicesLeft: i32(56), account: u32(60), market: u16(64), options: u16(66), side: u8(68),
  selfTrade: u8(69), reserved0: u16(70), reserved1: i64(72), reserved2: i64(80), reserved3: i64(88), reserved4: i64(96),
  reserved5: i64(104), reserved6: i64(112), reserved7: i64(120),
});

export const VenueCounters = /* @__PURE__ */ layout(384, {
  timeNs: i64(0), orders: u64(8), priorities: u64(16), trades: u64(24), withdrawals: u64(32), accounts: i32(40), keys: i32(44),
  assets: i32(48), pools: i32(52), indexes: i32(56), markets: i32(60), genesis: bytes(64, 16), refusalMinuteNs: i64(80),
  refusals: i64(88), surfaces: i32(96), listingSchedules: i32(100), lastBlock: bytes(104, 16), excluded: u64(120),
  setAsideCount: i64(128), setAside: list(136, 8, 24, (at) => struct(at, DueTimer)), refusalEndNs: i64(328),
});

export const VenueLimits = /* @__PURE__ */ layout(128, {
  maxAccounts: i32(0), maxKeys: i32(4), maxOrders: i32(8), maxTriggers: i32(12), maxTwaps: i32(16), maxWithdrawals: i32(20),
  ownerSubAccounts: i32(24), ownerKeys: i32(28), ownerOrders: i32(32), ownerTriggers: i32(36), ownerTwaps: i32(40),
  ownerWithdrawals: i32(44), freeSubAccounts: i32(48), freeKeys: i32(52), rowFeeMilli: i64(56), ownerRefusals: i32(64),
  keyRestMinutes: i32(68), reserved0: i64(72), reserved1: i64(80), reserved2: i64(88), reserved3: i64(96), reserved4: i64(104),
  reserved5: i64(112),
});

export const Withdraw = /* @__PURE__ */ layout(64, {
  header: struct(0, CommandHeader), amountAtoms: i64(48), asset: u16(56), reserved0: u16(58), addressPlusOne: u32(60),
});

export const Withdrawal = /* @__PURE__ */ layout(64, {
  id: u64(0), account: u32(8), asset: u16(12), status: u16(14), amountAtoms: i64(16), requestedNs: i64(24), expiresNs: i64(32),
  addressPlusOne: u32(40), requestedBy: u32(44), approvedBy: u32(48), reserved0: u32(52), approvedNs: i64(56),
});

export const WithdrawalAddress = /* @__PURE__ */ layout(256, {
  owner: u32(0), asset: u16(4), status: u16(6), activeNs: i64(8), allowedNs: i64(16), removedNs: i64(24), allowedBy: u32(32),
  removedBy: u32(36), label: bytes(40, 24), text: bytes(64, 128), paidAtoms: i64(192), reserved: list(200, 7, 8, i64),
});

export const WithdrawalChanged = /* @__PURE__ */ layout(56, {
  header: struct(0, EventHeader), withdrawalId: u64(16), amountAtoms: i64(24), requestedNs: i64(32), addressPlusOne: u32(40),
  key: u32(44), asset: u16(48), status: u16(50), reserved: u32(52),
});

export const WithdrawalRuleChanged = /* @__PURE__ */ layout(24, {
  header: struct(0, EventHeader), singleKeyFromNs: i64(16),
});

export const WithdrawalTerms = /* @__PURE__ */ layout(64, {
  addressDelayNs: i64(0), keyDelayNs: i64(8), confirmNs: i64(16), nextFromNs: i64(24), nextAddressDelayNs: i64(32),
  nextKeyDelayNs: i64(40), addresses: i32(48), reserved0: i32(52), reserved1: i64(56),
});

export const WithdrawalTermsChanged = /* @__PURE__ */ layout(64, {
  header: struct(0, EventHeader), addressDelayNs: i64(16), keyDelayNs: i64(24), confirmNs: i64(32), nextFromNs: i64(40),
  nextAddressDelayNs: i64(48), nextKeyDelayNs: i64(56),
});

export const WriteContractText = /* @__PURE__ */ layout(568, {
  header: struct(0, CommandHeader), offset: u16(48), length: u16(50), reserved: u32(52), bytes: bytes(56, 512),
});
