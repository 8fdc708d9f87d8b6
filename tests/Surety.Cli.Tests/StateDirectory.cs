using System;
using System.IO;
using System.Runtime.CompilerServices;

namespace Surety.Cli.Tests;

/// <summary>Heads that nodes of these tests remember go to a directory of the tests' own, not to the user's.</summary>
internal static class StateDirectory
{
    [ModuleInitializer]
    internal static void Set() =>
        Environment.SetEnvironmentVariable("XDG_STATE_HOME", Path.Combine(Path.GetTempPath(), "surety-tests-state"));
}
