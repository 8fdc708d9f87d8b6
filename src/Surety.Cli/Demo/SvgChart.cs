using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace Surety.Cli.Demo;

/// <summary>One line of a chart.</summary>
internal sealed record ChartLine(string Name, string Colour, double[] Values);

/// <summary>A line chart as inline SVG: no script, no outside file.</summary>
internal static class SvgChart
{
    private const int Width = 960;
    private const int Height = 260;
    private const int Left = 84;
    private const int Bottom = 28;
    private const int Top = 12;

    /// <param name="start">Time of the first value; values are minutes.</param>
    /// <param name="lines">Lines of equal length.</param>
    public static string Render(DateTime start, params ChartLine[] lines)
    {
        double low = lines.Min(l => l.Values.Min());
        double high = lines.Max(l => l.Values.Max());
        if (high - low < 1e-9)
        {
            high = low + 1;
        }
        int count = lines[0].Values.Length;
        double X(double i) => Left + (i / Math.Max(count - 1, 1) * (Width - Left - 10));
        double Y(double v) => Top + ((high - v) / (high - low) * (Height - Top - Bottom));
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\">");
        for (int i = 0; i <= 4; i++)
        {
            double v = low + ((high - low) * i / 4);
            svg.Append(CultureInfo.InvariantCulture,
                $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - 10}\" y1=\"{Y(v):F1}\" y2=\"{Y(v):F1}\"/>");
            svg.Append(CultureInfo.InvariantCulture,
                $"<text x=\"{Left - 8}\" y=\"{Y(v) + 4:F1}\" text-anchor=\"end\">{Label(v, high - low)}</text>");
        }
        int hours = count / 60;
        for (int h = 0; h <= hours; h += Math.Max(hours / 8, 1))
        {
            svg.Append(CultureInfo.InvariantCulture,
                $"<text x=\"{X(h * 60):F1}\" y=\"{Height - 8}\" "
                + $"text-anchor=\"{(h + Math.Max(hours / 8, 1) > hours ? "end" : "middle")}\">{start.AddHours(h):dd MMM HH:mm}</text>");
        }
        foreach (ChartLine line in lines)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke=\"{line.Colour}\" stroke-width=\"1.5\" points=\"");
            foreach (int i in Columns(line.Values))
            {
                svg.Append(CultureInfo.InvariantCulture, $"{X(i):F1},{Y(line.Values[i]):F1} ");
            }
            svg.Append("\"/>");
        }
        svg.Append("</svg><p class=\"legend\">");
        foreach (ChartLine line in lines)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<span style=\"color:{line.Colour}\">■</span> {line.Name} &nbsp; ");
        }
        return svg.Append("</p>").ToString();
    }

    // For each column of pixels the first, lowest and highest value: the picture of all of them, with far fewer points.
    private static IEnumerable<int> Columns(double[] values)
    {
        int step = Math.Max(1, values.Length / 800);
        for (int from = 0; from < values.Length; from += step)
        {
            int low = from, high = from;
            for (int i = from; i < Math.Min(from + step, values.Length); i++)
            {
                low = values[i] < values[low] ? i : low;
                high = values[i] > values[high] ? i : high;
            }
            yield return Math.Min(low, high);
            if (low != high)
            {
                yield return Math.Max(low, high);
            }
        }
    }

    private static string Label(double value, double range) =>
        value.ToString(range >= 40 ? "N0" : range >= 4 ? "N1" : "N3", CultureInfo.InvariantCulture);
}
