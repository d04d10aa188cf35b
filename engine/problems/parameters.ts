// Problems of parameters: their declaration, the values given at launch, and the places that use them.
import { error, warning } from './entry.ts';

export const parameterProblems = {
  'E-PARAM-SCHEMA': error('value', {
    zh: '参数「{param}」的定义不对：{gotZh}。',
    en: 'The parameter "{param}" is not declared correctly: {gotEn}.',
    adviceZh:
      '类型可以是 string、number、integer、boolean、array；日期用 "format": "date-time"，选项用 "enum"。',
    adviceEn:
      'Types are string, number, integer, boolean and array; use "format": "date-time" for dates and "enum" for choices.',
  }),
  'E-PARAM-DEFAULT': error('value', {
    zh: '参数「{param}」的默认值或示例「{got}」不符合它自己的定义，要求：{expectedZh}。',
    en: 'The default or example "{got}" of parameter "{param}" does not fit its own declaration: it must be {expectedEn}.',
    adviceZh: '修改默认值，或放宽定义。',
    adviceEn: 'Change the value, or widen the declaration.',
  }),
  'E-PARAM-UNKNOWN': error('value', {
    zh: '这里使用了没有定义的参数「{param}」。',
    en: 'This uses the parameter "{param}", which is not declared.',
    adviceZh: '{nearest}在剧本的参数里定义它。',
    adviceEn: '{nearest} Declare it in the parameters of the playbook.',
  }),
  'W-PARAM-UNUSED': warning('value', {
    zh: '参数「{param}」没有被使用。',
    en: 'The parameter "{param}" is not used.',
    adviceZh: '在步骤里引用它，或删除它。',
    adviceEn: 'Use it in a step, or remove it.',
  }),
  'E-PARAM-MISSING': error('value', {
    zh: '参数「{param}」还没有填写。',
    en: 'The parameter "{param}" has no value.',
    adviceZh: '启动前填写它，或在剧本里给它一个默认值。',
    adviceEn: 'Fill it in before launching, or give it a default in the playbook.',
  }),
  'E-PARAM-VALUE': error('value', {
    zh: '参数「{param}」的值「{got}」不对，要求：{expectedZh}。',
    en: 'The value "{got}" of parameter "{param}" is wrong: it must be {expectedEn}.',
    adviceZh: '改成符合要求的值。',
    adviceEn: 'Give a value that fits.',
  }),
  'E-PARAM-EXTRA': error('value', {
    zh: '填写了不存在的参数「{param}」。',
    en: 'A value is given for "{param}", which is not a parameter of this playbook.',
    adviceZh: '{nearest}删除它，或在剧本里定义它。',
    adviceEn: '{nearest} Remove it, or declare it in the playbook.',
  }),
  'E-PARAM-FIT': error('value', {
    zh: '参数「{param}」不能用在这里：应该是{expectedZh}，实际是 {got}。',
    en: 'The parameter "{param}" does not fit here: expected {expectedEn}, got {got}.',
    adviceZh: '换一个参数，或修改参数的类型和值。',
    adviceEn: 'Use another parameter, or change its type or value.',
  }),
  'E-BOUND-LITERAL': error('value', {
    zh: '「{step}」的上限必须直接写成数字，不能用参数「{param}」。',
    en: 'The bound of "{step}" must be a number, not the parameter "{param}".',
    adviceZh: '写一个足够大的上限；真正的次数仍可以用参数。',
    adviceEn: 'Write a bound that is large enough; the actual number of times may still be a parameter.',
  }),
} as const;
