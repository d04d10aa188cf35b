// Any value as its JSON: for what has no control of its own, and for experts. What cannot be read stays on the screen and is not stored.
import { Input } from 'antd';
import { useEffect, useState } from 'react';
import type { Json } from '../../../engine/json.ts';
import { useSay } from '../../say.ts';
import type { ControlProps } from '../control.ts';

export function JsonControl({ id, value, change }: ControlProps) {
  const say = useSay();
  const text = value === undefined ? '' : JSON.stringify(value, null, 2);
  const [draft, setDraft] = useState(text);
  const [isBroken, setBroken] = useState(false);
  // An undo, or another control, has changed the value.
  useEffect(() => setDraft(text), [text]);
  return (
    <>
      <Input.TextArea
        id={id}
        className="code"
        autoSize={{ minRows: 2, maxRows: 14 }}
        status={isBroken ? 'error' : ''}
        value={draft}
        onChange={({ target }) => {
          setDraft(target.value);
          try {
            const next = target.value.trim() === '' ? undefined : (JSON.parse(target.value) as Json);
            setBroken(false);
            change(next);
          } catch {
            setBroken(true);
          }
        }}
      />
      {isBroken ? (
        <p className="fault">
          {say({
            zh: '还不是完整的 JSON，尚未保存。',
            en: 'This is not complete JSON yet and is not stored.',
          })}
        </p>
      ) : null}
    </>
  );
}
