// Conditions: rule trees and CEL, checked against the fields there are, and made ready for the plan.
import { compileCondition, type ConditionProblem, type ConditionProblemCode } from '../language/condition.ts';
import type { FieldSchema } from '../language/rule.ts';
import type { Place, Problem } from '../problem.ts';
import { isWithin, shown } from './pointer.ts';
import { makeReport, type Report } from './report.ts';
import { placeAt, type CheckValue } from './subject.ts';

const FAULTS: Readonly<Record<ConditionProblemCode, readonly [zh: string, en: string]>> = {
  shape: ['既不是规则也不是表达式', 'it is neither rules nor an expression'],
  empty: ['没有内容', 'it is empty'],
  'too-large': ['太长或太复杂', 'it is too long or too complex'],
  syntax: ['写法有误', 'it cannot be read'],
  'unknown-field': ['没有这个字段', 'there is no such field'],
  'unknown-operator': ['没有这种比较', 'there is no such comparison'],
  'wrong-operator': ['这种字段不能这样比较', 'a field of this type cannot be compared like that'],
  'bad-value': ['比较的值不对', 'the value to compare with is wrong'],
  type: ['类型不匹配', 'the types do not fit'],
  'unknown-function': ['没有这个函数', 'there is no such function'],
  refused: ['不能使用这种写法', 'this form is not allowed'],
  'nested-macros': ['遍历嵌套太深', 'loops over lists are nested too deeply'],
  'too-costly': ['计算量太大', 'it takes too long to evaluate'],
  'not-boolean': ['结果不是「是」或「否」', 'its result is not true or false'],
};

/** Checks a condition, and notes its ready form. */
export const checkCondition: CheckValue = (value, pointer, subject) => {
  const { node, params, conditions, report } = subject;
  const { cel, fields, problems } = compileCondition(value, subject.fields);
  for (const field of fields) {
    if (field.startsWith('params.')) params.used.add(field.slice('params.'.length));
  }
  tell(problems, (at) => placeAt(subject, pointer + at), report);
  if (node === undefined || problems.length > 0) return;
  // Before the launch a parameter inside has no value yet, so the condition stays as it is written.
  const isOpen = !params.isLaunch && [...node.refs.keys()].some((ref) => isWithin(ref, pointer));
  if (!isOpen) conditions.set(node, (conditions.get(node) ?? new Map<string, string>()).set(pointer, cel));
};

/** A rule that stands alone, outside of a playbook: its CEL, and everything that is wrong with it. */
export function compileRule(
  rule: unknown,
  schema: FieldSchema,
): { readonly cel: string; readonly problems: readonly Problem[] } {
  const report = makeReport();
  const { cel, problems } = compileCondition(rule, schema);
  tell(problems, (pointer) => ({ pointer }), report);
  return { cel, problems: report.all() };
}

function tell(
  problems: readonly ConditionProblem[],
  placeOf: (pointer: string) => Place,
  report: Report,
): void {
  for (const { code, pointer, what, expected, suggestion } of problems) {
    const [faultZh, faultEn] = FAULTS[code];
    const hint = expected === undefined ? { expectedZh: '', expectedEn: '' } : expectation(expected);
    report.add('E-CONDITION', placeOf(pointer), {
      faultZh,
      faultEn,
      got: shown(what),
      nearest: suggestion ?? '',
      ...hint,
    });
  }
}

const expectation = (expected: string): { readonly expectedZh: string; readonly expectedEn: string } => ({
  expectedZh: `可以是：${expected}。`,
  expectedEn: `Expected: ${expected}.`,
});
