// The chart of candles and volume, kept up to date by the venue.

import { CandlestickSeries, createChart, HistogramSeries, type IChartApi, type ISeriesApi, type UTCTimestamp } from 'lightweight-charts';
import { h } from './dom';
import * as f from './format';
import type { Instrument, Session } from './session';

const Resolutions = [
  ['1', '1m'],
  ['5', '5m'],
  ['15', '15m'],
  ['60', '1h'],
  ['1D', '1d'],
] as const;

export class CandleChart {
  readonly element = h('section', { class: 'chartbox' });
  private readonly box = h('div', { class: 'chart', role: 'img', 'aria-label': 'Chart of trades' });
  private readonly buttons: HTMLButtonElement[];
  private chart: IChartApi | undefined;
  private candles: ISeriesApi<'Candlestick'> | undefined;
  private volume: ISeriesApi<'Histogram'> | undefined;
  private instrument: Instrument | undefined;
  private resolution: string = Resolutions[0][0];
  private stop: () => void = () => {};

  constructor(private readonly session: Session) {
    this.buttons = Resolutions.map(([resolution, text]) =>
      h(
        'button',
        { type: 'button', 'aria-pressed': String(resolution === this.resolution), onclick: () => this.resolve(resolution) },
        text,
      ),
    );
    this.element.append(h('div', { class: 'resolutions', role: 'group', 'aria-label': 'Resolution' }, ...this.buttons), this.box);
  }

  /** Shows a market's candles from now on. The element must be on the page, since the chart takes its colours. */
  show(instrument: Instrument): void {
    this.chart ?? this.make();
    this.instrument = instrument;
    this.stop();
    this.stop = this.session.venue.listen(`chart.trades.${instrument.name}.${this.resolution}`, (m) => m.data && this.take(m.data));
    void this.load();
  }

  close(): void {
    this.stop();
    this.chart?.remove();
  }

  private make(): void {
    const css = getComputedStyle(document.documentElement);
    const color = (name: string): string => css.getPropertyValue(name).trim();
    this.chart = createChart(this.box, {
      autoSize: true,
      layout: { background: { color: 'transparent' }, textColor: color('--dim'), attributionLogo: true, fontFamily: 'inherit' },
      grid: { vertLines: { color: color('--line') }, horzLines: { color: color('--line') } },
      timeScale: { timeVisible: true, secondsVisible: false, borderColor: color('--line'), rightOffset: 4, barSpacing: 9 },
      rightPriceScale: { borderColor: color('--line') },
    });
    this.candles = this.chart.addSeries(CandlestickSeries, {
      upColor: color('--up'),
      downColor: color('--down'),
      wickUpColor: color('--up'),
      wickDownColor: color('--down'),
      borderVisible: false,
    });
    this.volume = this.chart.addSeries(HistogramSeries, {
      priceScaleId: '',
      priceFormat: { type: 'volume' },
      color: color('--line'),
      lastValueVisible: false,
      priceLineVisible: false,
    });
    this.volume.priceScale().applyOptions({ scaleMargins: { top: 0.85, bottom: 0 } });
  }

  private async load(): Promise<void> {
    const { instrument, resolution } = this;
    const bars = await this.session.venue
      .call('public/get_tradingview_chart_data', {
        instrument_name: instrument!.name,
        resolution,
        start_timestamp: 0,
        end_timestamp: Date.now() + 60_000,
      })
      .catch(() => undefined);
    if (bars === undefined || instrument !== this.instrument || resolution !== this.resolution) {
      return;
    }
    this.candles?.applyOptions({ priceFormat: { type: 'price', precision: f.decimals(instrument!.tick), minMove: instrument!.tick } });
    this.candles?.setData(
      bars.ticks.map((t: number, i: number) => ({
        time: (t / 1000) as UTCTimestamp,
        open: bars.open[i],
        high: bars.high[i],
        low: bars.low[i],
        close: bars.close[i],
      })),
    );
    this.volume?.setData(bars.ticks.map((t: number, i: number) => ({ time: (t / 1000) as UTCTimestamp, value: bars.volume[i] })));
    this.chart?.timeScale().scrollToRealTime();
  }

  private take(bar: any): void {
    try {
      this.candles?.update({ time: (bar.tick / 1000) as UTCTimestamp, open: bar.open, high: bar.high, low: bar.low, close: bar.close });
      this.volume?.update({ time: (bar.tick / 1000) as UTCTimestamp, value: bar.volume });
    } catch {
      // An older bar than the last one: the bars were loaded again meanwhile.
    }
  }

  private resolve(resolution: string): void {
    this.resolution = resolution;
    this.buttons.forEach((b, k) => b.setAttribute('aria-pressed', String(Resolutions[k]![0] === resolution)));
    this.show(this.instrument!);
  }
}
