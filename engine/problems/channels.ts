// Problems of messages with the channel that they name: it is not there, cannot do it, or has no room for it.
import { error, warning } from './entry.ts';

export const channelProblems = {
  // Only a warning: whoever tries a playbook out on synthetic members needs none of its channels.
  'W-CHANNEL-UNKNOWN': warning('value', {
    zh: '「{step}」{othersZh}要用渠道「{channel}」，团队里没有这个渠道。',
    en: 'The team has no channel "{channel}", by which this sends: "{step}"{othersEn}.',
    adviceZh: '{nearest}先建好渠道，或改正名字；在此之前，真实的运行发不出这些消息。',
    adviceEn:
      '{nearest} Make the channel or correct the name; until then a real run cannot send what they send.',
  }),
  'W-CHANNEL-TROUBLE': warning('value', {
    zh: '「{step}」{othersZh}要用的渠道「{channel}」现在发不出消息：{reasonZh}',
    en: 'Nothing goes out by the channel "{channel}" at present, by which this sends: "{step}"{othersEn}. {reasonEn}',
    adviceZh: '启动之前把渠道修好，再发一条测试消息。',
    adviceEn: 'See to the channel before the launch, and send a test message by it.',
  }),
  'E-CHANNEL-CANNOT': error('value', {
    zh: '渠道「{channel}」不能{whatZh}，「{step}」却要这样发。',
    en: 'The channel "{channel}" cannot {whatEn}, which "{step}" asks of it.',
    adviceZh: '{insteadZh}',
    adviceEn: '{insteadEn}',
  }),
  'E-CHANNEL-LENGTH': error('value', {
    zh: '「{step}」的文字至少有 {got} {unitZh}，渠道「{channel}」一条最多 {limit} {unitZh}。',
    en: 'The text of "{step}" has at least {got} {unitEn}; one message of the channel "{channel}" takes {limit}.',
    adviceZh: '把文字写短，或分成两条。',
    adviceEn: 'Shorten the text, or make two messages of it.',
  }),
  'E-CHANNEL-BUDGET': error('value', {
    zh: '渠道「{channel}」{periodZh}最多发 {limit} 条，这个剧本预计要发 {got} 条，「{step}」也在其中。',
    en: 'The channel "{channel}" takes {limit} messages {periodEn}; this playbook is expected to send {got}, those of "{step}" among them.',
    adviceZh: '合并消息，或改为由同事复制粘贴（humanCopy），那样不占额度。',
    adviceEn: 'Merge messages, or let colleagues paste them (humanCopy), which uses up none of it.',
  }),
} as const;
