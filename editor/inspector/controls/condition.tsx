// A condition as CEL, with the sentence that it means. A rule tree that somebody built elsewhere is shown as its sentence and kept.
import { Input } from 'antd';
import { sayCondition } from '../../../engine/language/say-condition.ts';
import type { Condition } from '../../../engine/language/rule.ts';
import { BUILT_IN_FIELDS } from '../../../engine/index.ts';
import { localeOf, useSay, useSpeech } from '../../say.ts';
import { isRecord } from '../../values.ts';
import type { ControlProps } from '../control.ts';

export function ConditionControl({ id, value, change }: ControlProps) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const condition = isRecord(value) ? value : undefined;
  const cel = typeof condition?.['cel'] === 'string' ? condition['cel'] : '';
  return (
    <>
      <Input.TextArea
        id={id}
        className="code"
        autoSize={{ minRows: 2, maxRows: 8 }}
        value={cel}
        placeholder={say({
          zh: '例如 member.days >= 7 && "vip" in member.tags',
          en: 'For instance member.days >= 7 && "vip" in member.tags',
        })}
        onChange={({ target }) => change(target.value === '' ? undefined : { cel: target.value })}
      />
      {condition === undefined ? null : (
        <p className="meaning">
          {sayCondition(condition as unknown as Condition, BUILT_IN_FIELDS, localeOf(language))}
        </p>
      )}
    </>
  );
}
