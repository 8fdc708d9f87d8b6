using System;
using System.IO;
using System.Text;
using System.Threading;

namespace Surety.Cli.Tests;

/// <summary>
/// What a command writes to the console, for the test that runs it. Tests run side by side and the process has one console: each capture
/// takes only what its own flow of execution writes.
/// </summary>
internal sealed class CapturedConsole : IDisposable
{
    private static readonly AsyncLocal<TextWriter?> Current = new();
    private readonly StringWriter _text = new();
    private readonly TextWriter? _before = Current.Value;

    static CapturedConsole() => Console.SetOut(new Divided(Console.Out));

    public CapturedConsole() => Current.Value = _text;

    public string Text => _text.ToString();

    public void Dispose()
    {
        Current.Value = _before;
        _text.Dispose();
    }

    private sealed class Divided(TextWriter otherwise) : TextWriter
    {
        public override Encoding Encoding => otherwise.Encoding;

        private static TextWriter? Own => Current.Value;

        public override void Write(char value) => (Own ?? otherwise).Write(value);

        public override void Write(string? value) => (Own ?? otherwise).Write(value);

        public override void Write(char[] buffer, int index, int count) => (Own ?? otherwise).Write(buffer, index, count);

        public override void Flush() => (Own ?? otherwise).Flush();
    }
}
