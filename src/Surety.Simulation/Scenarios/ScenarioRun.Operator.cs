using System.Linq;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Simulation.Scenarios;

/// <content>What the operator does: status, terms, listings, sources, a restart.</content>
internal sealed partial class ScenarioRun
{
    // The least notice that a change of terms must have.
    private const long NoticeNs = 3_600_000_000_000;

    private void SetStatus(ScenarioNode e, string id, MarketStatus status) =>
        Answer(id, _venue.Send(CommandKind.SetMarketStatus, new SetMarketStatus { Market = (ushort)Market(e).Number, Status = status }));

    private void ChangeMarket(ScenarioNode e, string id)
    {
        long activate = e.Find("activate") is { } at
            ? _scenario.StartNs + at.Moment(_scenario.StartNs)
            : _venue.TimeNs + (e.Find("in")?.Span() ?? NoticeNs);
        Answer(id, _venue.Change(Market(e), e, activate));
    }

    private void ListMarket(ScenarioNode e, string id)
    {
        string name = e.Need("name").Text();
        (RefusalCode Code, long Detail) answer = _venue.List(_scenario.ListedLater.Single(m => m.Name == name));
        Answer(id, answer);
        if (answer.Code == RefusalCode.None)
        {
            _venue.Outcome.Notes.Add((_venue.TimeNs, $"{name} is listed"));
        }
    }

    // What is not named stays as it was; of a new source it is the default.
    private void SetSource(ScenarioNode e, string id, bool add)
    {
        (string index, string name) = (e.Need("index").Text(), e.Need("source").Text());
        ScenarioSource source = _venue.Source(index, name) ?? new ScenarioSource(name, 1, 0, null, null);
        Answer(id, _venue.SetSource(index, source with
        {
            Weight = (uint)(e.Find("weight")?.Whole(0, 1_000_000) ?? (add && source.Weight == 0 ? 1 : (int)source.Weight)),
            JumpPpm = e.Find("maxJump")?.Ppm(1_000) ?? source.JumpPpm,
            Floor = e.Find("floor") is { } floor ? floor.Number() : source.Floor,
            Cap = e.Find("cap") is { } cap ? cap.Number() : source.Cap,
        }, add));
    }

    private void RemoveSource(ScenarioNode e, string id)
    {
        (string index, string name) = (e.Need("index").Text(), e.Need("source").Text());
        Answer(id,
            _venue.SetSource(index, (_venue.Source(index, name) ?? new ScenarioSource(name, 0, 0, null, null)) with { Weight = 0 },
            add: false));
    }

    private void PostBond(ScenarioNode e, string id)
    {
        string index = e.Need("index").Text();
        uint account = Account(e);
        decimal amount = e.Need("amount").Number();
        long atoms = ScenarioTerms.Atoms(decimal.Abs(amount), SettlementDecimals(account));
        Answer(id, _venue.SourceKey(index, e.Need("source").Text()) is { } key
            ? _venue.Send(CommandKind.PostBond,
                new PostBond { Index = (ushort)_venue.IndexNumber(index), SourceKey = key, AmountAtoms = amount < 0 ? -atoms : atoms },
                account)
            : (RefusalCode.NotASource, 0));
    }

    private void LinkOwners(ScenarioNode e, string id)
    {
        uint owner = _venue.State.Accounts[(int)Account(e)].Owner;
        uint with = _venue.State.Accounts[(int)Account(e, "with")].Owner;
        Answer(id, _venue.Send(CommandKind.LinkOwners, new LinkOwners { Owner = owner, With = with }));
    }

    private void Restart(ScenarioNode e, string id)
    {
        string from = e.IsText ? e.Text() : e.Find("from")?.OneOf("snapshot", "journal") ?? "snapshot";
        _venue.Outcome.Notes.Add((_venue.TimeNs, _venue.Restart(fromJournal: from == "journal")));
        Answer(id, (RefusalCode.None, 0));
    }
}
