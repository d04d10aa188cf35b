// Problems of values whose rules a schema cannot say: times, conditions, texts, and names of other things.
import { error, warning } from './entry.ts';

export const valueProblems = {
  'E-ZONE': error('value', {
    zh: '不认识时区「{got}」。',
    en: 'There is no time zone called "{got}".',
    adviceZh: '使用 IANA 名称，例如 Asia/Shanghai。',
    adviceEn: 'Use an IANA name such as Asia/Shanghai.',
  }),
  'E-TIME': error('value', {
    zh: '这个时间规则不对：{faultZh}（{got}）。',
    en: 'This time rule is wrong: {faultEn} ({got}).',
    adviceZh:
      '例如 {"anchor": "T", "offset": "-P3D", "at": "12:00"}、{"at": "09:00"}、{"date": "2026-12-01T20:00"} 或 {"for": "P2D"}。',
    adviceEn:
      'For example {"anchor": "T", "offset": "-P3D", "at": "12:00"}, {"at": "09:00"}, {"date": "2026-12-01T20:00"} or {"for": "P2D"}.',
  }),
  'E-ANCHOR-UNKNOWN': error('value', {
    zh: '没有叫「{anchor}」的日期参数。',
    en: 'There is no date parameter called "{anchor}".',
    adviceZh: '{nearest}在参数里定义它，并写上 "format": "date-time"。',
    adviceEn: '{nearest} Declare it in the parameters with "format": "date-time".',
  }),
  'E-ANCHOR-TYPE': error('value', {
    zh: '参数「{anchor}」不是日期，不能用来推算时间。',
    en: 'The parameter "{anchor}" is not a date, so no time can be counted from it.',
    adviceZh: '给它写上 "type": "string", "format": "date-time"，或换一个日期参数。',
    adviceEn: 'Give it "type": "string", "format": "date-time", or use a parameter that is a date.',
  }),
  'E-DURATION': error('value', {
    zh: '「{got}」不是可用的时长。',
    en: '"{got}" is not a duration that can be used here.',
    adviceZh: '使用大于零的 ISO 8601 时长，例如 PT30M（30 分钟）、P3D（3 天）。',
    adviceEn: 'Use an ISO 8601 duration longer than zero, such as PT30M (30 minutes) or P3D (3 days).',
  }),
  'E-TOLERANCE': error('value', {
    zh: '「{got}」不是可用的误差。',
    en: '"{got}" is not a tolerance that can be used.',
    adviceZh: '用小时、分钟或秒写，最多一天，例如 PT10M；PT0S 表示一分不差。',
    adviceEn: 'Use hours, minutes or seconds, a day at most, such as PT10M; PT0S is exact.',
  }),
  'E-CRON': error('value', {
    zh: '「{got}」不是可用的定时表达式。',
    en: '"{got}" is not a schedule that can be used.',
    adviceZh: '写五段：分 时 日 月 星期，例如 "0 9 * * 1" 表示每周一 9:00。',
    adviceEn: 'Write five fields: minute, hour, day, month, weekday. "0 9 * * 1" is every Monday at nine.',
  }),
  'E-URL': error('value', {
    zh: '「{got}」不是可用的网址。',
    en: '"{got}" is not an address that can be called.',
    adviceZh: '使用以 https:// 开头、不含用户名和密码的完整网址。',
    adviceEn: 'Use a complete address that begins with https:// and holds no user name or password.',
  }),
  'E-METRIC-UNKNOWN': error('value', {
    zh: '没有叫「{metric}」的指标。',
    en: 'There is no metric called "{metric}".',
    adviceZh: '{nearest}可以用：{known}，以及人工填报的 reported.名称。',
    adviceEn: '{nearest} Known: {known}, and reported.NAME for numbers that people report.',
  }),
  'E-METRIC-SCOPE': error('value', {
    zh: '指标「{metric}」说的是一个群或社群，不能在一次活动里看。',
    en: 'The metric "{metric}" is about a group or a community, and cannot be read in a run.',
    adviceZh: '换一个活动里能看的指标；群和社群的指标在 POST /api/metrics/compute 里看。',
    adviceEn:
      'Choose a metric of a run; those of groups and communities are computed by POST /api/metrics/compute.',
  }),
  'E-METRIC-WINDOW': error('value', {
    zh: '指标「{metric}」自己定了看多久（{window}），不能另外写。',
    en: 'The metric "{metric}" has a window of its own ({window}), and takes no other.',
    adviceZh: '去掉这里写的时长，或换一个不带时长的指标。',
    adviceEn: 'Remove the window, or choose a metric that has none of its own.',
  }),
  'E-METRIC-SPLIT': error('value', {
    zh: '指标「{metric}」要比较的步骤「{node}」不在任何旅程里。',
    en: 'The metric "{metric}" compares the ways out of "{node}", which is in no journey.',
    adviceZh: '写成 uplift.步骤.事件，步骤是某个旅程里的一个分流。',
    adviceEn: 'Write uplift.NODE.EVENT, where NODE is a split in one of the journeys.',
  }),
  'E-NAME': error('value', {
    zh: '「{got}」不能用作名字。',
    en: '"{got}" cannot be used as a name.',
    adviceZh: '{ruleZh}例如 {example}。',
    adviceEn: '{ruleEn} For example: {example}.',
  }),
  'E-ATTRIBUTE': error('value', {
    zh: '成员属性「{attribute}」不能设为 {got}。',
    en: 'The attribute "{attribute}" of members cannot be {got}.',
    adviceZh: '团队把它定义为：{expectedZh}。改这里的值，或改属性的定义。',
    adviceEn:
      'The team has declared it as {expectedEn}. Change the value, or the declaration of the attribute.',
  }),
  'E-JOURNEY-UNKNOWN': error('value', {
    zh: '这个剧本里没有旅程「{journey}」。',
    en: 'This playbook has no journey "{journey}".',
    adviceZh: '{nearest}先画出这个旅程，或改正名字。',
    adviceEn: '{nearest} Draw the journey first, or correct the name.',
  }),
  'E-JOURNEY-RECURSIVE': error('node', {
    zh: '旅程「{journey}」会经由「{step}」再次启动自己。',
    en: 'The journey "{journey}" would launch itself again through "{step}".',
    adviceZh: '用「循环」在旅程内部重复，或删除这个步骤。',
    adviceEn: 'Repeat inside the journey with "repeat", or remove this step.',
  }),
  'E-PHASE-UNKNOWN': error('node', {
    zh: '「{step}」属于不存在的阶段「{phase}」。',
    en: '"{step}" belongs to the phase "{phase}", which does not exist.',
    adviceZh: '{nearest}在剧本里加上这个阶段，或改正名字。',
    adviceEn: '{nearest} Add the phase to the playbook, or correct the name.',
  }),
  'E-CONDITION': error('value', {
    zh: '条件有误：{faultZh}（{got}）。',
    en: 'The condition is wrong: {faultEn} ({got}).',
    adviceZh: '{nearest}{expectedZh}',
    adviceEn: '{nearest} {expectedEn}',
  }),
  'E-TEXT-LOCALE': error('value', {
    zh: '缺少 {locale} 的文字。',
    en: 'The text in {locale} is missing.',
    adviceZh: '补上这种语言，或从剧本的语言列表里删除它。',
    adviceEn: 'Write it in this language, or take the language off the list of the playbook.',
  }),
  'E-TEXT': error('value', {
    zh: '文字里的模板有误：{faultZh}（{got}）。',
    en: 'The template in this text is wrong: {faultEn} ({got}).',
    adviceZh: '{nearest}占位符写成 {{ params.名称 }} 或 {{ member.name }}。',
    adviceEn: '{nearest} Write placeholders as {{ params.name }} or {{ member.name }}.',
  }),
  'E-SPLIT-SUM': error('value', {
    zh: '「{step}」各组的占比加起来是 {value}%，不是 100%。',
    en: 'The shares of "{step}" add up to {value} %, not 100 %.',
    adviceZh: '调整各组的占比。',
    adviceEn: 'Change the shares.',
  }),
  'E-BANDS-ORDER': error('value', {
    zh: '「{step}」的档位没有从高到低：{value} 排在 {above} 后面。',
    en: 'The thresholds of "{step}" are not in order: {value} stands below {above}.',
    adviceZh: '把门槛高的放在前面，每一档都比上一档低。',
    adviceEn: 'Put the highest first, each lower than the one before.',
  }),
  'E-TAG-BOTH': error('value', {
    zh: '「{step}」同时打上和去掉标签「{value}」。',
    en: '"{step}" adds the tag "{value}" and removes it too.',
    adviceZh: '只保留其中一个。',
    adviceEn: 'Keep one of the two.',
  }),
  'E-WATCH-OFTEN': error('value', {
    zh: '「{step}」每 {value} 看一次数据，太频繁了。',
    en: '"{step}" looks every {value}, which is too often.',
    adviceZh: '间隔至少一分钟，用小时、分钟或秒写，例如 PT5M。',
    adviceEn: 'Look at most once a minute, with hours, minutes or seconds, such as PT5M.',
  }),
  'W-NOT-REACHABLE': warning('value', {
    zh: '「{step}」{othersZh}要成员打开网页，但这个安装没有外面能访问的网址。',
    en: 'Members are to open pages, but nobody outside reaches this installation: "{step}"{othersEn}.',
    adviceZh: '请管理员设置 KINDLING_PUBLIC_URL，或改用人工任务。',
    adviceEn: 'Ask whoever runs it to set KINDLING_PUBLIC_URL, or use a human task.',
  }),
} as const;
