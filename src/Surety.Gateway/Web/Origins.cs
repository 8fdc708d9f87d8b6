using System;
using System.Linq;
using System.Net;
using Microsoft.AspNetCore.Http;
using Surety.Node.Settings;

namespace Surety.Gateway.Web;

/// <summary>
/// Which pages a browser may call from. A request without an Origin is no page's script. The node's own page is one whose origin is the
/// address that was asked; a name that is not localhost counts only with TLS, where the certificate answers for it: without, anyone's
/// name may be made to lead here. Behind a proxy the page's origin is listed in the settings.
/// </summary>
internal sealed class Origins(ListenSettings listen)
{
    /// <summary>Whether a request may be answered.</summary>
    public bool Allows(HttpRequest request)
    {
        string origin = request.Headers.Origin.ToString();
        return origin.Length == 0 || IsListed(origin) || IsOwn(request, origin);
    }

    /// <summary>Whether another page may read the answer; the node's own needs no leave.</summary>
    public bool IsListed(string origin) =>
        listen.Origins.Any(o => o == "*" || string.Equals(o.TrimEnd('/'), origin, StringComparison.OrdinalIgnoreCase));

    private static bool IsOwn(HttpRequest request, string origin) =>
        string.Equals(origin, $"{request.Scheme}://{request.Host.Value}", StringComparison.OrdinalIgnoreCase)
        && (request.IsHttps || request.Host.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || IPAddress.TryParse(request.Host.Host.Trim('[', ']'), out _));
}
