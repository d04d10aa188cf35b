// A moment in people's words: before or after a date of the activity, after a length of time, or at the next time of day.
// One line below says what it means.
import { Input, InputNumber, Segmented, Select, Space } from 'antd';
import { useState } from 'react';
import type { Json, JsonObject } from '../../../engine/json.ts';
import { anchorNames, paramTitle } from '../../document/params.ts';
import { useDesk } from '../../document/store.ts';
import { useSay, useSpeech } from '../../say.ts';
import { isRecord } from '../../values.ts';
import type { ControlProps } from '../control.ts';
import { When } from '../when.tsx';
import { durationOf, partsOf, UNITS, type Unit } from '../lengths.ts';
import { DurationControl } from './duration.tsx';

type Kind = 'anchor' | 'for' | 'at';

export function TimeControl(props: ControlProps) {
  const { value, change } = props;
  const say = useSay();
  const playbook = useDesk(({ history }) => history?.present.document);
  const anchors = playbook === undefined ? [] : anchorNames(playbook);
  const rule = isRecord(value) ? value : {};
  const kind: Kind =
    'anchor' in rule
      ? 'anchor'
      : 'for' in rule
        ? 'for'
        : 'at' in rule
          ? 'at'
          : anchors.length > 0
            ? 'anchor'
            : 'for';
  const [anchor = 'T'] = anchors;
  const begin: Readonly<Record<Kind, Json>> = {
    anchor: { anchor },
    for: { for: 'PT1H' },
    at: { at: '10:00' },
  };
  return (
    <div className="time">
      <Segmented<Kind>
        block
        value={kind}
        onChange={(next) => change(begin[next])}
        options={[
          {
            value: 'anchor',
            label: say({ zh: '按活动日期', en: 'By the date' }),
            disabled: anchors.length === 0,
          },
          { value: 'for', label: say({ zh: '过多久', en: 'After a while' }) },
          { value: 'at', label: say({ zh: '几点', en: 'Time of day' }) },
        ]}
      />
      {kind === 'anchor' ? <Anchored {...props} rule={rule} anchors={anchors} /> : null}
      {kind === 'for' ? (
        <DurationControl
          {...props}
          value={rule['for']}
          change={(next) => change(next === undefined ? undefined : { ...rule, for: next })}
        />
      ) : null}
      {kind === 'at' ? <At {...props} rule={rule} /> : null}
      {value === undefined ? null : <When rule={rule} />}
    </div>
  );
}

type Ruled = ControlProps & { readonly rule: JsonObject };

function Anchored({ id, rule: given, anchors, change }: Ruled & { readonly anchors: readonly string[] }) {
  const say = useSay();
  // The date that is shown counts, though nobody has chosen it.
  const rule: JsonObject = { anchor: anchors[0] ?? 'T', ...given };
  // Before or after, and in what, means nothing to a rule of 0 days: kept until there is a number.
  const [wish, setWish] = useState<{ readonly sign: '-' | ''; readonly unit: Unit }>({ sign: '', unit: 'D' });
  const language = useSpeech(({ language: it }) => it);
  const playbook = useDesk(({ history }) => history?.present.document);
  const offset = typeof rule['offset'] === 'string' ? rule['offset'] : 'PT0S';
  const parts = partsOf(offset.replace(/^-/, ''));
  const count = parts?.count ?? 0;
  const unit = parts === undefined || count === 0 ? wish.unit : parts.unit;
  const sign = count === 0 ? wish.sign : offset.startsWith('-') ? '-' : '';
  const set = (nextSign: '-' | '', n: number, nextUnit: Unit): void => {
    setWish({ sign: nextSign, unit: nextUnit });
    const { offset: _old, ...rest } = rule;
    change(n === 0 ? rest : { ...rest, offset: `${nextSign}${durationOf(n, nextUnit)}` });
  };
  return (
    <Space wrap>
      <Select
        aria-label={say({ zh: '日期', en: 'Date' })}
        value={typeof rule['anchor'] === 'string' ? rule['anchor'] : ''}
        options={anchors.map((it) => ({
          value: it,
          label: playbook === undefined ? it : paramTitle(playbook, it, language),
        }))}
        onChange={(anchor: string) => change({ ...rule, anchor })}
      />
      <Select<'-' | ''>
        aria-label={say({ zh: '前或后', en: 'Before or after' })}
        value={sign}
        options={[
          { value: '-', label: say({ zh: '之前', en: 'before' }) },
          { value: '', label: say({ zh: '之后', en: 'after' }) },
        ]}
        onChange={(next) => set(next, count, unit)}
      />
      <InputNumber
        id={id}
        min={0}
        precision={0}
        value={count}
        style={{ width: 72 }}
        onChange={(n) => set(sign, n ?? 0, unit)}
      />
      <Select
        aria-label={say({ zh: '单位', en: 'Unit' })}
        value={unit}
        options={Object.entries(UNITS).map(([key, words]) => ({ value: key, label: say(words) }))}
        onChange={(next: Unit) => set(sign, count, next)}
      />
      <Clock rule={rule} change={change} optional />
    </Space>
  );
}

function At({ rule, change }: Ruled) {
  const say = useSay();
  const days = Array.isArray(rule['days']) ? rule['days'].map(String) : [];
  const names = say({ zh: '周一,周二,周三,周四,周五,周六,周日', en: 'Mon,Tue,Wed,Thu,Fri,Sat,Sun' }).split(
    ',',
  );
  return (
    <Space wrap>
      <Clock rule={rule} change={change} />
      <Select
        mode="multiple"
        allowClear
        style={{ minWidth: 160 }}
        placeholder={say({ zh: '每天', en: 'Every day' })}
        value={days}
        options={['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day, i) => ({
          value: day,
          label: names[i],
        }))}
        onChange={(next: string[]) => {
          const { days: _old, ...rest } = rule;
          change(next.length === 0 ? rest : { ...rest, days: next });
        }}
      />
    </Space>
  );
}

function Clock({
  rule,
  change,
  optional = false,
}: {
  readonly rule: JsonObject;
  readonly change: ControlProps['change'];
  readonly optional?: boolean;
}) {
  const say = useSay();
  return (
    <Input
      type="time"
      aria-label={say({ zh: '时刻', en: 'Time of day' })}
      style={{ width: 120 }}
      value={typeof rule['at'] === 'string' ? rule['at'] : ''}
      onChange={({ target }) => {
        const { at: _old, ...rest } = rule;
        if (target.value !== '') change({ ...rest, at: target.value });
        else if (optional) change(rest);
      }}
    />
  );
}
