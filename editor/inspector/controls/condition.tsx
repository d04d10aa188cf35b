// A condition: rules that one clicks together, or CEL for whoever prefers to write, and the sentence that it means.
// One turns into the other where both can say it; where rules cannot, the text stays as it is and says so.
import { Input, Segmented } from 'antd';
import { useState } from 'react';
import { celOfRules } from '../../../engine/language/condition-rules.ts';
import type { Condition, RuleGroup } from '../../../engine/language/rule.ts';
import { rulesOfCel } from '../../../engine/language/rules-of-cel.ts';
import { sayCondition } from '../../../engine/language/say-condition.ts';
import type { Json } from '../../../engine/json.ts';
import { useNames } from '../../document/use-names.ts';
import { localeOf, useSay, useSpeech } from '../../say.ts';
import { isRecord } from '../../values.ts';
import type { ControlProps } from '../control.ts';
import { GroupForm } from './rules.tsx';

type Mode = 'rules' | 'cel';

export function ConditionControl({ id, value, change }: ControlProps) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const fields = useNames(({ fields: it }) => it);
  const condition = isRecord(value) ? value : undefined;
  const [wish, setWish] = useState<Mode>('rules');
  const mode: Mode = condition === undefined ? wish : 'cel' in condition ? 'cel' : 'rules';
  const cel = typeof condition?.['cel'] === 'string' ? condition['cel'] : '';
  const rules = mode === 'cel' && cel !== '' ? rulesOfCel(cel, fields) : undefined;
  const turn = (next: Mode): void => {
    setWish(next);
    if (next === mode) return;
    if (next === 'rules') {
      if (rules !== undefined) change(rules as unknown as Json);
      else if (cel.trim() === '') change(undefined);
      return;
    }
    const written = celOfRules(condition, fields);
    change('cel' in written && condition !== undefined ? { cel: written.cel } : undefined);
  };
  const isStuck = mode === 'cel' && cel.trim() !== '' && rules === undefined;
  const unfinished =
    mode === 'rules' && condition !== undefined && 'problems' in celOfRules(condition, fields);
  return (
    <div className="condition">
      <Segmented<Mode>
        size="small"
        value={mode}
        onChange={turn}
        options={[
          { value: 'rules', label: say({ zh: '规则', en: 'Rules' }), disabled: isStuck },
          { value: 'cel', label: say({ zh: '表达式', en: 'Expression' }), disabled: unfinished },
        ]}
      />
      {mode === 'rules' ? (
        <GroupForm
          id={id}
          group={groupOf(condition)}
          fields={fields}
          change={(next) => change(next.rules.length === 0 ? undefined : (next as unknown as Json))}
        />
      ) : (
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
      )}
      {isStuck ? (
        <p className="help">
          {say({
            zh: '这个表达式比规则能说的更多，所以保持原样。',
            en: 'This expression says more than rules can, so it stays as it is.',
          })}
        </p>
      ) : null}
      {condition === undefined || (mode === 'cel' && rules === undefined) ? null : (
        <p className="meaning">
          {sayCondition((rules ?? condition) as unknown as Condition, fields, localeOf(language))}
        </p>
      )}
    </div>
  );
}

/** A condition as a group of rules; an empty one where there is none yet. */
function groupOf(condition: unknown): RuleGroup {
  const { combinator, rules } = (condition ?? {}) as Partial<RuleGroup>;
  return (combinator === 'and' || combinator === 'or') && Array.isArray(rules)
    ? (condition as RuleGroup)
    : { combinator: 'and', rules: [] };
}
