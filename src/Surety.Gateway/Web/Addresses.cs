using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Threading;

namespace Surety.Gateway.Web;

/// <summary>
/// What counts as one address: an IPv4 address, or the first 64 bits of an IPv6 address, which one customer of a provider has whole.
/// </summary>
public static class Addresses
{
    /// <summary>The name under which a sender is counted.</summary>
    public static string NameOf(IPAddress? address)
    {
        if (address is null)
        {
            return "unknown";
        }
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4().ToString();
        }
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address.ToString();
        }
        byte[] bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes) + "/64";
    }
}

/// <summary>How many of something each address has now; addresses that have none are forgotten.</summary>
public sealed class AddressCounts
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _counts = [];

    /// <summary>Addresses that have any.</summary>
    public int Addresses
    {
        get
        {
            lock (_gate)
            {
                return _counts.Count;
            }
        }
    }

    /// <summary>Counts one more, unless the address has as many as it may.</summary>
    public bool TryEnter(string address, int most)
    {
        lock (_gate)
        {
            int count = _counts.GetValueOrDefault(address);
            if (count >= most)
            {
                return false;
            }
            _counts[address] = count + 1;
            return true;
        }
    }

    /// <summary>Counts one less.</summary>
    public void Leave(string address)
    {
        lock (_gate)
        {
            int count = _counts.GetValueOrDefault(address) - 1;
            if (count <= 0)
            {
                _counts.Remove(address);
            }
            else
            {
                _counts[address] = count;
            }
        }
    }
}
