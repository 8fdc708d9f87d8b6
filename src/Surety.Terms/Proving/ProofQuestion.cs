using System.Collections.Generic;
using Surety.Terms.Syntax;

namespace Surety.Terms.Proving;

/// <summary>A number that a counterexample gives.</summary>
/// <param name="Symbol">Its name in the question.</param>
/// <param name="Meaning">What it is, for people: "BTC_USD at 2017-12-29T08:00Z".</param>
public sealed record ProofVariable(string Symbol, string Meaning);

/// <summary>A claim as a question in SMT-LIB 2: unsatisfiable means proved.</summary>
/// <param name="Claim">What is claimed.</param>
/// <param name="Script">The question, with check-sat and get-value at its end.</param>
/// <param name="Assumptions">The same without the claim: it must be satisfiable, for from a contradiction anything follows.</param>
/// <param name="Variables">What get-value gives, in order.</param>
public sealed record ProofQuestion(Claim Claim, string Script, string Assumptions, IReadOnlyList<ProofVariable> Variables);
