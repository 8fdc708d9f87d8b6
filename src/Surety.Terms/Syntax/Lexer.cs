using System;
using System.Collections.Generic;
using System.Globalization;

namespace Surety.Terms.Syntax;

/// <summary>Cuts a text into tokens. A line ends a statement unless a parenthesis is open; # begins a comment.</summary>
internal sealed class Lexer(string text)
{
    private readonly List<Token> _tokens = [];
    private int _at;
    private int _line = 1;
    private int _lineStart;
    private int _open;

    private int Column => _at - _lineStart + 1;

    /// <summary>All tokens, the last of kind End; or the first error.</summary>
    public TermsError? Run(out IReadOnlyList<Token> tokens)
    {
        tokens = _tokens;
        while (_at < text.Length)
        {
            char c = text[_at];
            if (c == '\n')
            {
                if (_open == 0)
                {
                    Add(TokenKind.NewLine, "\n");
                }
                _at++;
                _line++;
                _lineStart = _at;
            }
            else if (c is ' ' or '\t' or '\r')
            {
                _at++;
            }
            else if (c == '#')
            {
                while (_at < text.Length && text[_at] != '\n')
                {
                    _at++;
                }
            }
            else if (char.IsAsciiLetter(c))
            {
                Word();
            }
            else if (char.IsAsciiDigit(c))
            {
                if (Digits() is { } error)
                {
                    return error;
                }
            }
            else if (!Symbol())
            {
                return new TermsError(_line, Column, $"'{c}' means nothing here",
                    "use letters, digits, ( ) , + - * / < <= > >= == != =, and # for comments");
            }
        }
        Add(TokenKind.NewLine, "\n");
        Add(TokenKind.End, "the end of the text");
        return null;
    }

    private void Add(TokenKind kind, string value) => _tokens.Add(new Token(kind, value, _line, Column));

    // A name may hold what instruments are called: BTC_USDC-29DEC17-5000-C. A minus is part of it only after the word
    // "contract" and within payoff(…), where no expression can stand.
    private void Word()
    {
        int start = _at;
        bool isName = (_tokens.Count > 0 && _tokens[^1].Is("contract"))
            || (_tokens.Count > 1 && _tokens[^1].Is("(") && _tokens[^2].Is("payoff"));
        while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] == '_' || (isName && text[_at] is '-' or '.')))
        {
            _at++;
        }
        _tokens.Add(new Token(TokenKind.Word, text[start.._at], _line, start - _lineStart + 1));
    }

    private TermsError? Digits()
    {
        int start = _at;
        int column = Column;
        while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || IsInside(text[_at])))
        {
            _at++;
        }
        string word = text[start.._at];
        if (word.Length > 10 && word[4] == '-' && word.Contains('T', StringComparison.Ordinal))
        {
            return TryDate(word, out long ms)
                ? Add(TokenKind.Date, word, column, ms)
                : new TermsError(_line, column, $"'{word}' is not a time", "write it as 2017-12-29T08:00Z, in UTC");
        }
        // Numbers and durations take no sign or colon: give back what follows.
        int end = 0;
        while (end < word.Length
            && (char.IsAsciiLetterOrDigit(word[end]) || (word[end] == '.' && end + 1 < word.Length && char.IsAsciiDigit(word[end + 1]))))
        {
            end++;
        }
        _at = start + end;
        word = word[..end];
        char unit = word[^1];
        long unitMs = unit switch { 's' => 1_000, 'm' => 60_000, 'h' => 3_600_000, 'd' => 86_400_000, _ => 0 };
        if (unitMs != 0 && long.TryParse(word.AsSpan(0, word.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out long count)
            && count is > 0 and <= 36_500)
        {
            return Add(TokenKind.Duration, word, column, count * unitMs);
        }
        return FixedPoint.TryParse(word, out Int128 value)
            ? Add(TokenKind.Number, word, column, value)
            : new TermsError(_line, column, $"'{word}' is not a number or a duration",
                "write numbers like 5000 or 0.125 (at most 8 decimals, below 10^18), durations like 30m, 8h or 7d");
    }

    private bool IsInside(char c) =>
        c is '.' or ':' || (c == '-' && _at + 1 < text.Length && char.IsAsciiDigit(text[_at + 1]) && LooksLikeDate());

    private bool LooksLikeDate()
    {
        int start = _at;
        while (start > 0 && (char.IsAsciiDigit(text[start - 1]) || text[start - 1] == '-'))
        {
            start--;
        }
        return _at - start is 4 or 7;
    }

    private TermsError? Add(TokenKind kind, string word, int column, Int128 value)
    {
        _tokens.Add(new Token(kind, word, _line, column) { Value = value });
        return null;
    }

    private static bool TryDate(string word, out long ms)
    {
        bool isDate = DateTime.TryParseExact(
            word, ["yyyy-MM-dd'T'HH:mm'Z'", "yyyy-MM-dd'T'HH:mm:ss'Z'"], CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTime time);
        ms = isDate ? (time.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond : 0;
        return isDate && ms > 0;
    }

    private bool Symbol()
    {
        foreach (string symbol in (ReadOnlySpan<string>)["<=", ">=", "==", "!=", "..", "(", ")", ",", "+", "-", "*", "/", "<", ">", "="])
        {
            if (text.AsSpan(_at).StartsWith(symbol, StringComparison.Ordinal))
            {
                _open = Math.Max(_open + (symbol == "(" ? 1 : symbol == ")" ? -1 : 0), 0);
                Add(TokenKind.Symbol, symbol);
                _at += symbol.Length;
                return true;
            }
        }
        return false;
    }
}
