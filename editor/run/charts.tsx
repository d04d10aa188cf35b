// The charts of a review: how many were reached and came, what went out when, and how tasks kept their dates.
import { useMemo } from 'react';
import { sayInstant } from '../../engine/calendar/say.ts';
import { useDark } from '../dark.ts';
import { localeOf, read, useSay, useSpeech } from '../say.ts';
import type { ReviewData } from './review-shapes.ts';
import { Chart } from './chart.tsx';

/** Colours of the page, as the charts need them. */
const INK = {
  dark: { ink: '#ece6df', soft: '#a89e93', good: '#f08a4b', bad: '#8a7f74' },
  light: { ink: '#26211c', soft: '#6b6259', good: '#d9541e', bad: '#c9c0b6' },
} as const;

const LABEL = 14;

export function Charts({ data }: { readonly data: ReviewData }) {
  return (
    <div className="charts">
      <Funnel data={data} />
      <Sent data={data} />
    </div>
  );
}

function Funnel({ data: { counts } }: { readonly data: ReviewData }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const ink = useDark() ? INK.dark : INK.light;
  const steps = useMemo(
    () => [
      { name: { zh: '触达', en: 'Reached' }[language], value: counts.reached },
      { name: { zh: '报名', en: 'Signed up' }[language], value: counts.signUps },
    ],
    [counts, language],
  );
  const option = useMemo(
    () => ({
      textStyle: { color: ink.ink },
      animation: false,
      grid: { left: 72, right: 48, top: 8, bottom: 8 },
      xAxis: { type: 'value', show: false },
      yAxis: {
        type: 'category',
        inverse: true,
        data: steps.map(({ name }) => name),
        axisLine: { show: false },
        axisTick: { show: false },
        axisLabel: { color: ink.ink },
      },
      series: [
        {
          type: 'bar',
          data: steps.map(({ value }) => value),
          itemStyle: { color: ink.good, borderRadius: 4 },
          label: { show: true, position: 'right', color: ink.ink },
          barMaxWidth: 28,
        },
      ],
    }),
    [steps, ink],
  );
  const label = steps.map(({ name, value }) => `${name} ${value}`).join(' → ');
  return (
    <figure>
      <figcaption>{say({ zh: '触达与报名', en: 'Reached and signed up' })}</figcaption>
      <Chart option={option} label={label} height={110} />
    </figure>
  );
}

function Sent({ data: { messages, steps, head } }: { readonly data: ReviewData }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const ink = useDark() ? INK.dark : INK.light;
  const rows = useMemo(() => {
    const titles = new Map(steps.map(({ node, title }) => [node, title]));
    return messages.map(({ node, at, sent, withheld }) => ({
      name: shortened(read(titles.get(node) ?? undefined, language) || node),
      when: sayInstant(at, head.zone, localeOf(language)) ?? '',
      sent,
      withheld: Object.values(withheld).reduce((sum, count) => sum + count, 0),
    }));
  }, [messages, steps, head.zone, language]);
  const option = useMemo(
    () => ({
      textStyle: { color: ink.ink },
      animation: false,
      legend: { top: 0, right: 0, textStyle: { color: ink.soft } },
      tooltip: { trigger: 'axis' },
      grid: { left: 148, right: 40, top: 28, bottom: 8 },
      xAxis: { type: 'value', show: false },
      yAxis: {
        type: 'category',
        inverse: true,
        data: rows.map(({ name, when }) => `${name}\n${when}`),
        axisLine: { show: false },
        axisTick: { show: false },
        axisLabel: { color: ink.soft, lineHeight: LABEL, fontSize: 11 },
      },
      series: [
        { name: { zh: '送达', en: 'Sent' }[language], key: 'sent' as const, color: ink.good },
        { name: { zh: '没有发', en: 'Withheld' }[language], key: 'withheld' as const, color: ink.bad },
      ].map(({ name, key, color }) => ({
        name,
        type: 'bar',
        stack: 'all',
        data: rows.map((row) => row[key]),
        itemStyle: { color },
        barMaxWidth: 18,
      })),
    }),
    [rows, ink, language],
  );
  if (rows.length === 0) return null;
  return (
    <figure>
      <figcaption>{say({ zh: '每条消息', en: 'Each message' })}</figcaption>
      <Chart
        option={option}
        label={rows.map(({ name, sent }) => `${name} ${sent}`).join(', ')}
        height={48 + rows.length * 42}
      />
    </figure>
  );
}

const MOST = 12;

const shortened = (text: string): string => {
  const letters = Array.from(text);
  return letters.length <= MOST ? text : `${letters.slice(0, MOST).join('')}…`;
};
