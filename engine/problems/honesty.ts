// Problems of honesty and compliance: what a community must not be told or subjected to, and what a good activity has.
// The codes and sentences are those of the product's lint catalogue; more come with the steps that they are about.
import { error, warning } from './entry.ts';

export const honestyProblems = {
  'E-GOAL': error('document', {
    zh: '「{playbook}」还没有目标。',
    en: '"{playbook}" has no goal.',
    adviceZh: '请填写指标、基线、目标值、截止时间和护栏。',
    adviceEn: 'Add metric, baseline, target, deadline and guardrails.',
  }),
  'E-FAKE-NUMBER': error('value', {
    zh: '「{step}」里手写了数字 {value}。',
    en: '"{step}" contains the typed number {value}.',
    adviceZh: '请改用实时数据变量。',
    adviceEn: 'Bind it to live data.',
  }),
  'E-SCARCITY-UNBOUND': error('value', {
    zh: '「{step}」写了“{value}”，但没有绑定活动库存或截止时间。',
    en: '"{step}" says "{value}" but is bound to no offer.',
    adviceZh: '请绑定优惠，或删除这句话。',
    adviceEn: 'Bind stock or end time, or remove the wording.',
  }),
  'E-SOCKPUPPET': error('value', {
    zh: '「{step}」要求冒充别人：“{value}”。',
    en: '"{step}" asks for people who do not exist: "{value}".',
    adviceZh: '请改由已实名的工作人员或已同意的成员发言，并标注身份。',
    adviceEn: 'Let verified staff or consenting members speak, labelled as what they are.',
  }),
  'E-NO-OPTOUT': error('value', {
    zh: '「{step}」是营销消息，但没有退订方式。',
    en: '"{step}" is a marketing message without an opt-out.',
    adviceZh: '请加入退订说明，例如“回复 T 退订”，或使用 {{ links.optOut }}。',
    adviceEn: 'Add one, such as "reply T to stop" or {{ links.optOut }}.',
  }),
  'E-NO-CONSENT': error('value', {
    zh: '「{step}」的人群“{segment}”没有筛选同意状态。',
    en: 'Segment "{segment}" in "{step}" has no consent filter.',
    adviceZh: '请加上对应用途的同意条件。',
    adviceEn: 'Add consent for this purpose.',
  }),
  'W-CLASS': warning('value', {
    zh: '「{step}」标为服务消息，写的却是推广：“{value}”。',
    en: '"{step}" is declared a service message, but promotes something: "{value}".',
    adviceZh: '把类别改成营销并写明怎么退订：成员才能拒绝推广，静默时段和频次上限才会生效。',
    adviceEn:
      'Make it marketing with a way to opt out, so that members can refuse it and quiet hours and caps apply.',
  }),
  'E-QUIET': error('value', {
    zh: '「{step}」定在 {date}，处于静默时段 {limit}。',
    en: '"{step}" is fixed at {date}, inside quiet hours {limit}.',
    adviceZh: '请改到静默时段之外。',
    adviceEn: 'Move it outside.',
  }),
  'E-HUMAN-ONLY': error('value', {
    zh: '「{step}」属于必须由人完成的动作：{value}。',
    en: '"{step}" is a human-only action: {value}.',
    adviceZh: '请改为人工任务或审批。',
    adviceEn: 'Make it a human task or an approval.',
  }),
  'W-OPERATOR-LOAD': warning('value', {
    zh: '{name} 预计一天有 {value} 个任务，超过建议上限 {limit}。',
    en: '{name} is planned for {value} tasks on one day; the recommended limit is {limit}.',
    adviceZh: '请增加人手或减少人工任务。',
    adviceEn: 'Add people or cut human tasks.',
  }),
  'W-NO-REVIEW': warning('document', {
    zh: '「{playbook}」没有复盘步骤。',
    en: '"{playbook}" has no review step.',
    adviceZh: '请在结束后加上复盘。',
    adviceEn: 'Add one after the end.',
  }),
} as const;
