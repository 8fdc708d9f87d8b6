using System.Threading.Tasks;
using Surety.Core.Numerics;
using Surety.Gateway.Web;
using Surety.Node.Identity;
using Surety.Node.Sequencing;
using Surety.Node.Settings;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Gateway.Api;

/// <summary>Accounts with play money that people open themselves, where the venue is a sandbox and its operator's key is here.</summary>
internal sealed class Sandbox(SandboxSettings settings, OperatorKey operatorKey, HourlyQuota quota, VenueReader venue)
{
    /// <summary>Whether people may open accounts.</summary>
    public bool IsOpen => settings.Open && operatorKey.Key is not null;

    /// <summary>Opens an account and deposits its play money.</summary>
    /// <param name="call">Where the request came from: an address may open only so many.</param>
    /// <param name="publicKey">X and Y of a P-256 key, 64 bytes.</param>
    /// <returns>The account, and the number of its key.</returns>
    /// <exception cref="RpcException">The venue is no sandbox, the address opened too many, or the engine refused it.</exception>
    public async Task<(uint Account, uint Key)> OpenAsync(RpcCall call, PublicKey publicKey)
    {
        if (!quota.TryTake(Addresses.NameOf(call.Peer.Address)))
        {
            string reason = $"one address may open {settings.AccountsPerHour} accounts in an hour; try again later";
            throw new RpcException(10028, "too_many_requests", reason) { WaitMs = 3_600_000 };
        }
        var open = new OpenAccount { PublicKey = publicKey, Scopes = KeyScopes.Customer };
        uint account = (uint)RefusalErrors.Accepted(await operatorKey.SubmitAsync(CommandKind.OpenAccount, open)).Created;
        int asset = venue.State.Pools[0].Collateral[0];
        long atoms = settings.Deposit * FixedDecimal.PowerOfTen(venue.State.Assets[asset].Decimals);
        var deposit = new Deposit { ToAccount = account, Asset = (ushort)asset, AmountAtoms = atoms };
        RefusalErrors.Accepted(await operatorKey.SubmitAsync(CommandKind.Deposit, deposit));
        uint number = await venue.ReadAsync(l =>
            l.Engine.State.Derived.KeyRows is var rows ? rows.NumberOf(rows.Find(in publicKey, account)) : 0);
        return (account, number);
    }
}
