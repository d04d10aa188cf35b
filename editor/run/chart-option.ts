// What every chart of a review shares: stacked bars, lying or standing, with a number on each part. Pure.

/** Colours of the page, as the charts need them. */
export interface Ink {
  readonly ink: string;
  readonly soft: string;
  readonly line: string;
  /** By series. */
  readonly series: readonly string[];
}

export const INK: Readonly<Record<'dark' | 'light', Ink>> = {
  dark: { ink: '#ece6df', soft: '#a89e93', line: '#3a342e', series: ['#f08a4b', '#8a7f74', '#ff9d94'] },
  light: { ink: '#26211c', soft: '#6b6259', line: '#e5ddd3', series: ['#d9541e', '#c9c0b6', '#b3261e'] },
};

/** Bars with a name each, and the values of each series. */
export interface Bars {
  readonly names: readonly string[];
  readonly series: readonly { readonly name: string; readonly values: readonly number[] }[];
  /** Lying: names on the left. Standing: names below. */
  readonly lie: boolean;
  /** Room for names on the left, in pixels. */
  readonly left?: number;
  readonly width: number;
}

const LABEL = 14;
const format = new Intl.NumberFormat('en');

/** The option of echarts for such bars. */
export function barsOption({ names, series, lie, left = 8, width }: Bars, ink: Ink) {
  const shown = series
    .map((it, no) => ({ ...it, colour: ink.series[no] ?? ink.ink }))
    .filter(({ values }) => values.some((value) => value > 0));
  const category = {
    type: 'category',
    inverse: lie,
    data: [...names],
    axisLine: { show: !lie, lineStyle: { color: ink.line } },
    axisTick: { show: false },
    axisLabel: { color: ink.soft, lineHeight: LABEL, fontSize: 12, hideOverlap: true },
  };
  const value = { type: 'value', show: false };
  return {
    textStyle: { color: ink.ink },
    animation: false,
    ...(shown.length > 1 ? { legend: { top: 0, right: 0, textStyle: { color: ink.soft } } } : {}),
    tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, confine: true },
    grid: {
      left,
      right: lie ? 56 : 8,
      top: shown.length > 1 ? 30 : 18,
      bottom: lie ? 4 : 24,
      containLabel: false,
    },
    xAxis: lie ? value : category,
    yAxis: lie ? category : value,
    series: [
      ...shown.map(({ name, values, colour }) => ({
        name,
        type: 'bar',
        stack: 'all',
        data: [...values],
        itemStyle: { color: colour },
        barMaxWidth: width,
      })),
      // The sums stand at the end of each bar: parts of a few pixels have no room for numbers of their own.
      {
        name: '',
        type: 'bar',
        stack: 'all',
        data: names.map(() => 0),
        tooltip: { show: false },
        silent: true,
        label: {
          show: true,
          position: lie ? 'right' : 'top',
          color: ink.ink,
          fontSize: 12,
          formatter: ({ dataIndex }: { readonly dataIndex: number }): string =>
            saidAt(shown.map(({ values }) => values[dataIndex] ?? 0)),
        },
      },
    ],
  };
}

/** `120`, or `118 + 2` where there are two kinds. */
const saidAt = (values: readonly number[]): string =>
  values.filter((value) => value > 0).length === 0
    ? '0'
    : values
        .filter((value) => value > 0)
        .map((value) => format.format(value))
        .join(' + ');
