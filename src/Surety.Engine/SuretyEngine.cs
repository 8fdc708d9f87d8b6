using System;
using Surety.Core.Hashing;
using Surety.Engine.Accounts;
using Surety.Engine.Events;
using Surety.Engine.Indexes;
using Surety.Engine.Liquidation;
using Surety.Engine.Margin;
using Surety.Engine.Pipeline;
using Surety.Engine.Views;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine;

/// <summary>
/// The state machine. A command goes in, the state changes, events go into the log; nothing else happens. Equal commands
/// give equal bytes of events and equal state on every machine.
/// </summary>
public sealed class SuretyEngine
{
    private readonly EngineParts _parts;
    private readonly Exclusions _exclusions;
    private readonly CommandDispatch _commands;
    private readonly TimerDispatch _timers;
    private readonly Conclusion _conclusion;
    private readonly Anticipation _anticipation;

    /// <summary>A new venue of a simulation.</summary>
    /// <exception cref="ArgumentException">The genesis record has a field outside its range.</exception>
    public SuretyEngine(in Genesis genesis)
        : this(new IndexedState(genesis))
    {
    }

    /// <summary>A new venue, with its secret.</summary>
    /// <exception cref="ArgumentException">The genesis record has a field outside its range.</exception>
    public SuretyEngine(GenesisRecord genesisRecord)
        : this(new IndexedState(genesisRecord))
    {
    }

    /// <summary>A venue that goes on from a state.</summary>
    public SuretyEngine(IndexedState state)
    {
        State = state;
        _parts = new EngineParts(state);
        _exclusions = new Exclusions(state, _parts);
        _conclusion = new Conclusion(_parts);
        _anticipation = new Anticipation(state);
        var path = new PricePath(state, _parts);
        _commands = new CommandDispatch(state, _parts, path);
        _timers = new TimerDispatch(state, _parts, path, _conclusion, _exclusions);
    }

    /// <summary>What the venue knows.</summary>
    public IndexedState State { get; }

    /// <summary>What happened since the log was last cleared, when a block was made.</summary>
    public EventLog Events => _parts.Events;

    /// <summary>Who is looked at after a price, for reading what it costs.</summary>
    public Enforcement Enforcement => _parts.Enforcement;

    /// <summary>The queues of auto-deleveraging, for reading an account's place.</summary>
    public AutoDeleveraging Deleveraging => _parts.Deleveraging;

    /// <summary>What an order would do, and Greeks, for reading.</summary>
    public RiskView Risk => _parts.Risk;

    /// <summary>Health of any account, for reading.</summary>
    public AccountMargin Margin => _parts.Margin;

    /// <summary>What was being done when <see cref="Apply"/> threw, if it was something due; zero when it was the command itself.</summary>
    public DueTimer StoppedAt => _exclusions.Working;

    /// <summary>Whether the orders and positions have outgrown a core's own cache, so that <see cref="Anticipate"/> pays.</summary>
    public bool AnticipationPays => _anticipation.Pays;

    /// <summary>For tests: a command of which this is true stops the engine at its end.</summary>
    internal static Func<CommandHeader, bool>? Fault { get => Exclusions.Fault; set => Exclusions.Fault = value; }

    /// <summary>For tests: something due of which this is true stops the engine.</summary>
    internal static Func<DueTimer, bool>? TimerFault { get => Exclusions.TimerFault; set => Exclusions.TimerFault = value; }

    /// <summary>The scope that a kind of command needs.</summary>
    public static KeyScopes ScopeOf(CommandKind kind) => CommandDispatch.ScopeOf(kind);

    /// <summary>
    /// Applies one record: time passes up to its stamp, its sender is checked, it is carried out or refused, and whatever
    /// follows from it is done, all before the next. A refused command changes nothing but the nonce it used.
    /// </summary>
    /// <returns>None, or why it was refused. Malformed records and records that go back in time leave no event.</returns>
    public RefusalCode Apply(ReadOnlySpan<byte> record)
    {
        if (!CommandCodec.IsWellFormed(record))
        {
            return RefusalCode.Malformed;
        }
        ref readonly CommandHeader header = ref CommandCodec.View<CommandHeader>(record);
        if (header.TimeNs < State.TimeNs)
        {
            return RefusalCode.TimeBackwards;
        }
        Events.Sequence = header.Sequence;
        if (header.Kind == CommandKind.Exclusion)
        {
            return _exclusions.Witness(in CommandCodec.View<Exclusion>(record));
        }
        _timers.Pass(header.TimeNs);
        if (header.Kind == CommandKind.Tick)
        {
            return RefusalCode.None;
        }
        Refusal refusal = _parts.Keys.Authenticate(in header, CommandCodec.IsSigned(record), CommandDispatch.ScopeOf(header.Kind));
        bool isAuthentic = refusal.IsNone;
        if (isAuthentic)
        {
            Nonces.Use(ref State.Keys.Write(KeyRows.RowOf(header.Key)), header.Nonce);
            refusal = _commands.CarryOut(record, header.Kind, out ulong created);
            if (refusal.IsNone)
            {
                if (header.Kind < CommandKind.PlaceOrder || header.Kind is CommandKind.SetQuoteProtection or CommandKind.SetFees)
                {
                    Events.Write(EventKind.CommandAccepted, header.Account, new CommandAccepted { Kind = header.Kind, Created = created });
                }
                _conclusion.Run();
                Exclusions.StopIfAsked(in header);
                return RefusalCode.None;
            }
        }
        if (isAuthentic)
        {
            // What fails before it is known who sent it costs its sender nothing, and counts for nothing.
            _parts.Gate.CountRefusal(header.Account);
        }
        Events.Write(EventKind.CommandRefused, header.Account, new CommandRefused
        {
            Code = refusal.Code,
            Detail = refusal.Detail,
            Kind = header.Kind,
        });
        return refusal.Code;
    }

    /// <summary>
    /// What an order would answer if it came now, by the checks that placing it makes; changes nothing. Whether its sender may sign for the
    /// account is not asked.
    /// </summary>
    public Refusal WouldAnswer(in PlaceOrder command) =>
        command.Header.Account >= (uint)State.Counts.Accounts
            ? Refusal.UnknownAccount(command.Header.Account)
            : _parts.Orders.WouldAnswer(in command);

    /// <summary>
    /// Brings what a command some places further on will read nearer to the processor. A hint for a caller that has a batch in
    /// hand: it reads, it changes nothing. Call it for a command twice, with <paramref name="close"/> false when it is about
    /// eight places away and true when it is about four.
    /// </summary>
    public void Anticipate(ReadOnlySpan<byte> record, bool close) => _anticipation.Prepare(record, close);

    /// <summary>Passes over a command that stopped the engine: see <see cref="Exclusions.Exclude"/>.</summary>
    public RefusalCode Exclude(ReadOnlySpan<byte> record, in Exclusion exclusion) => _exclusions.Exclude(record, in exclusion);

    /// <summary>The exclusion of a command that has just stopped this engine; its stamp is that of the record that follows.</summary>
    public Exclusion ExclusionOf(ReadOnlySpan<byte> record) => _exclusions.ExclusionOf(record);
}
