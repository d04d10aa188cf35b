// What people call the events that the product knows by name. Other systems may send any other: those are their own words.

/** Words in both languages of the product, by the name under which an event comes in. */
export const EVENT_WORDS: Readonly<Record<string, { readonly zh: string; readonly en: string }>> = {
  'member.replied': { zh: '成员回复了', en: 'Member replied' },
  'member.clicked': { zh: '成员点了链接', en: 'Member followed a link' },
  'member.read': { zh: '成员看了消息', en: 'Member read a message' },
  'member.signed-up': { zh: '成员报名了', en: 'Member signed up' },
  'member.checked-in': { zh: '成员到场了', en: 'Member checked in' },
  'member.joined': { zh: '成员入群了', en: 'Member joined' },
  'member.introduced': { zh: '成员自我介绍了', en: 'Member introduced themselves' },
  'member.applied': { zh: '有人申请加入', en: 'Somebody applied' },
  'member.opted-out': { zh: '成员退订了', en: 'Member opted out' },
  'member.complained': { zh: '成员投诉了', en: 'Member complained' },
  'form.submitted': { zh: '成员填了表单', en: 'Member answered a form' },
  'checkin.submitted': { zh: '成员打卡了', en: 'Member submitted a check-in' },
  'vote.cast': { zh: '成员投票了', en: 'Member voted' },
  'order.paid': { zh: '成员付款了', en: 'Member paid an order' },
};

/** An event in words; its name where the product has none. */
export const sayEvent = (name: string, language: 'zh' | 'en'): string =>
  Object.hasOwn(EVENT_WORDS, name) ? EVENT_WORDS[name]![language] : name;
