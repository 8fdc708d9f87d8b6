using System;
using System.CommandLine;
using Surety.Bench;

// What ./surety bench starts.
try
{
    ParseResult parsed = BenchCommand.Create().Parse(args);
    int status = await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    return parsed.Errors.Count > 0 ? 2 : status;
}
catch (ArgumentException e)
{
    Console.Error.WriteLine($"surety bench: {e.Message}");
    return 2;
}
catch (Exception e) when (e is InvalidOperationException or System.IO.IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"surety bench: {e.Message}");
    return 1;
}
