using System;
using System.Collections.Generic;

namespace Surety.Terms.Syntax;

/// <summary>Carries the first error of a text out of the parser.</summary>
internal sealed class TermsException(TermsError error) : Exception(error.ToString())
{
    public TermsError Error { get; } = error;
}

/// <summary>Where the parser stands.</summary>
internal sealed class TokenCursor(IReadOnlyList<Token> tokens)
{
    public int Position { get; private set; }

    public Token Next => tokens[Position];

    public Token After => tokens[Math.Min(Position + 1, tokens.Count - 1)];

    public Token Take()
    {
        Token token = Next;
        if (token.Kind != TokenKind.End)
        {
            Position++;
        }
        return token;
    }

    public bool TryTake(string text)
    {
        if (!Next.Is(text))
        {
            return false;
        }
        Position++;
        return true;
    }

    public Token Expect(string text, string remedy) =>
        Next.Is(text) ? Take() : throw Error($"expected '{text}', found {Describe(Next)}", remedy);

    public Token Word(string what, string remedy) =>
        Next.Kind == TokenKind.Word ? Take() : throw Error($"expected {what}, found {Describe(Next)}", remedy);

    public void EndOfLine()
    {
        if (Next.Kind is not (TokenKind.NewLine or TokenKind.End))
        {
            throw Error($"{Describe(Next)} is left over at the end of the statement", "begin each statement on a line of its own");
        }
    }

    public void SkipLines()
    {
        while (Next.Kind == TokenKind.NewLine)
        {
            Position++;
        }
    }

    public string TextSince(int position)
    {
        string text = "";
        for (int i = position; i < Position; i++)
        {
            string part = tokens[i].Text;
            bool tight = text.Length == 0 || text[^1] == '(' || part is ")" or "," || (part == "(" && tokens[i - 1].Kind == TokenKind.Word);
            text += tight ? part : " " + part;
        }
        return text;
    }

    public string Describe(Token token) => token.Kind switch
    {
        TokenKind.NewLine => "the end of the line",
        TokenKind.End => token.Text,
        _ => $"'{token.Text}'",
    };

    public TermsException Error(string problem, string remedy) => Error(Next, problem, remedy);

    public TermsException Error(Token token, string problem, string remedy) =>
        new(new TermsError(token.Line, token.Column, problem, remedy));

    public TermsException Error(Node node, string problem, string remedy) => new(new TermsError(node.Line, node.Column, problem, remedy));
}
