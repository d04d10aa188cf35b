// Another date for a running activity: which steps move, and which would come too late, before anything is changed.
import { useQuery } from '@tanstack/react-query';
import { Alert, Checkbox, Form, Input, Modal, Skeleton } from 'antd';
import { useDeferredValue, useState } from 'react';
import type { Playbook, Text } from '../../engine/document.ts';
import type { Json, JsonObject } from '../../engine/json.ts';
import { read, useSay, useSpeech } from '../say.ts';
import { runs } from './api.ts';
import type { Overview, Touched } from './shapes.ts';
import { useOrder } from './ask-run.ts';
import { useNodeName } from './node-name.ts';
import { dateParams, DEFAULT_ZONE } from './forecast.ts';
import { sayAt } from './words.ts';

export function MoveDate({
  run,
  document,
  close,
}: {
  readonly run: Overview;
  readonly document: Playbook;
  readonly close: () => void;
}) {
  const say = useSay();
  const current: JsonObject = { ...run.params, ...run.overrides };
  const [dates, setDates] = useState<JsonObject>({});
  const [isSure, setSure] = useState(false);
  const settled = useDeferredValue(dates);
  const order = useOrder(run.id, close);
  const isChanged = Object.keys(settled).length > 0;
  const preview = useQuery({
    queryKey: ['preview', run.id, settled],
    queryFn: () => runs.preview(run.id, { do: 'retime', params: settled }),
    enabled: isChanged,
    retry: false,
    gcTime: 0,
  });
  const impossible = preview.data?.impossible.length ?? 0;
  return (
    <Modal
      open
      width={640}
      title={say({ zh: '改活动日期', en: 'Move the date' })}
      okText={say({ zh: '改日期', en: 'Move it' })}
      okButtonProps={{
        loading: order.isPending,
        disabled: !isChanged || preview.data === undefined || (impossible > 0 && !isSure),
      }}
      onCancel={close}
      onOk={() => order.mutate({ do: 'retime', params: dates, ...(impossible > 0 ? { confirm: true } : {}) })}
    >
      <Dates document={document} current={current} dates={dates} change={setDates} />
      {!isChanged ? (
        <p className="help">
          {say({ zh: '改了日期，就会列出哪些步骤换了时间。', en: 'Change a date to see which steps move.' })}
        </p>
      ) : preview.error !== null ? (
        <Alert type="error" showIcon title={preview.error.message} />
      ) : preview.data === undefined ? (
        <Skeleton active />
      ) : (
        <Moves touched={preview.data.touched} document={document} />
      )}
      {impossible > 0 ? (
        <Alert
          type="warning"
          showIcon
          title={say({
            zh: `${impossible} 个步骤按新日期已经过了时间`,
            en: `${impossible} steps have passed by the new date`,
          })}
          description={
            <Checkbox checked={isSure} onChange={({ target }) => setSure(target.checked)}>
              {say({ zh: '我知道，仍然改', en: 'I know. Move it all the same' })}
            </Checkbox>
          }
        />
      ) : null}
    </Modal>
  );
}

function Moves({ touched, document }: { readonly touched: readonly Touched[]; readonly document: Playbook }) {
  const zone = document.zone ?? DEFAULT_ZONE;
  const name = useNodeName(document);
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const moved = touched.filter(({ instants }) => instants.length > 0);
  if (moved.length === 0)
    return <p>{say({ zh: '没有步骤的时间会变。', en: 'No step gets another time.' })}</p>;
  const at = (it: string | null): string => (it === null ? '—' : sayAt(it, language, zone, 'year'));
  return (
    <ul className="moves">
      {moved.map(({ node, standing, passed, instants }) => (
        <li key={node} className={instants.some(({ impossible }) => impossible) ? 'impossible' : ''}>
          <b>{name(node)}</b>
          {passed > 0 ? <span className="soft">{say({ zh: ' 已经过', en: ' passed already' })}</span> : null}
          {standing > 0 ? <span className="soft">{say({ zh: ' 正在等', en: ' waiting now' })}</span> : null}
          {instants.map(({ before, after, impossible }) => (
            <div key={`${before} ${after}`}>
              {at(before)} → {at(after)}
              {impossible ? say({ zh: '（来不及）', en: ' (too late)' }) : ''}
            </div>
          ))}
        </li>
      ))}
    </ul>
  );
}

interface DatesProps {
  readonly document: Playbook;
  readonly current: JsonObject;
  readonly dates: JsonObject;
  readonly change: (dates: JsonObject) => void;
}

/** A field for each date of the playbook. */
function Dates({ document, current, dates, change }: DatesProps) {
  const language = useSpeech(({ language: it }) => it);
  const properties = (document.params?.['properties'] ?? {}) as Readonly<
    Record<string, { readonly title?: string | Text }>
  >;
  const titleOf = (name: string): string => {
    const title = properties[name]?.title;
    return typeof title === 'string' ? title : read(title, language) || name;
  };
  return (
    <Form layout="vertical">
      {dateParams(document).map((name) => (
        <Form.Item key={name} label={titleOf(name)} htmlFor={`date-${name}`}>
          <Input
            id={`date-${name}`}
            type="datetime-local"
            value={localOf(dates[name] ?? current[name])}
            onChange={({ target }) => {
              const { [name]: _old, ...rest } = dates;
              const isSame = target.value === '' || target.value === localOf(current[name]);
              change(isSame ? rest : { ...rest, [name]: target.value });
            }}
          />
        </Form.Item>
      ))}
    </Form>
  );
}

/** As a field for date and time wants it. */
const localOf = (value: Json | undefined): string => (typeof value === 'string' ? value.slice(0, 16) : '');
