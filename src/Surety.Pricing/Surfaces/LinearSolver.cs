using System;

namespace Surety.Pricing.Surfaces;

/// <summary>Gaussian elimination with partial pivoting, for systems of a handful of unknowns.</summary>
internal static class LinearSolver
{
    /// <summary>Solves n equations given as rows of n coefficients and a right side; the rows are overwritten.</summary>
    public static void Solve(Span<double> rows, Span<double> solution)
    {
        int n = solution.Length;
        int width = n + 1;
        for (int column = 0; column < n; column++)
        {
            int pivot = column;
            for (int row = column + 1; row < n; row++)
            {
                pivot = Math.Abs(rows[(row * width) + column]) > Math.Abs(rows[(pivot * width) + column]) ? row : pivot;
            }
            for (int i = 0; i < width && pivot != column; i++)
            {
                (rows[(column * width) + i], rows[(pivot * width) + i]) = (rows[(pivot * width) + i], rows[(column * width) + i]);
            }
            double head = rows[(column * width) + column];
            for (int row = column + 1; row < n && head != 0; row++)
            {
                double factor = rows[(row * width) + column] / head;
                for (int i = column; i < width; i++)
                {
                    rows[(row * width) + i] -= factor * rows[(column * width) + i];
                }
            }
        }
        for (int row = n - 1; row >= 0; row--)
        {
            double sum = rows[(row * width) + n];
            for (int i = row + 1; i < n; i++)
            {
                sum -= rows[(row * width) + i] * solution[i];
            }
            double head = rows[(row * width) + row];
            solution[row] = head == 0 ? 0 : sum / head;
        }
    }
}
