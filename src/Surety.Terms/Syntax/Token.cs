using System;

namespace Surety.Terms.Syntax;

/// <summary>What a token is.</summary>
internal enum TokenKind
{
    End,
    NewLine,

    /// <summary>A word: a keyword or a name of what is observed.</summary>
    Word,

    /// <summary>A decimal number.</summary>
    Number,

    /// <summary>A number with s, m, h or d.</summary>
    Duration,

    /// <summary>2017-12-29T08:00Z, with or without seconds.</summary>
    Date,

    /// <summary>( ) , + - * / &lt; &lt;= &gt; &gt;= == != = ..</summary>
    Symbol,
}

/// <summary>A piece of text with its place.</summary>
internal readonly record struct Token(TokenKind Kind, string Text, int Line, int Column)
{
    /// <summary>Fixed-point value of a number, milliseconds of a duration, milliseconds since 1970 of a date.</summary>
    public Int128 Value { get; init; }

    public bool Is(string text) => Kind is TokenKind.Word or TokenKind.Symbol && Text == text;
}
