// What something that comes from elsewhere names and is not here, with what can be done about each: a template, or pasted steps.
// Not what is missing, see needs.ts and document/pasting.ts; and not what becomes of an answer.
import { Alert, Select } from 'antd';
import { useSay, type Words } from '../say.ts';

/** One thing that is not here. */
export interface LackingRow {
  readonly key: string;
  readonly kind: Words;
  /** As people call it. */
  readonly name: string;
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly choose: (value: string) => void;
}

export function Lacking({
  title,
  advice,
  rows,
}: {
  readonly title: Words;
  readonly advice: Words;
  readonly rows: readonly LackingRow[];
}) {
  const say = useSay();
  return (
    <>
      <Alert type="warning" showIcon title={say(title)} description={say(advice)} />
      <div className="lacks">
        {rows.map(({ key, kind, name, value, options, choose }) => (
          <div key={key} className="lack">
            <span>
              {say(kind)} <b>{name}</b>
            </span>
            <Select
              aria-label={`${say(kind)} ${name}`}
              value={value}
              options={[...options]}
              onChange={choose}
            />
          </div>
        ))}
      </div>
    </>
  );
}
