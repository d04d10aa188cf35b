// What a code of a channel means to people: why a message did not go out, or why an account does not work, and what to do.
// Ours and the providers' own; a code that nobody knows is shown as it is.

interface Words {
  readonly zh: string;
  readonly en: string;
}

const REASONS: Readonly<Record<string, Words>> = {
  'no-secret': { zh: '还没有填写凭证。', en: 'Its credentials have not been set.' },
  'unreadable-secret': {
    zh: '凭证打不开：加密密钥换过了，请重新填写凭证。',
    en: 'Its credentials cannot be opened: the encryption key is another one. Set them again.',
  },
  unverified: {
    zh: '还没有人确认它以谁的名义发言。',
    en: 'Nobody has vouched yet for whom it speaks.',
  },
  archived: { zh: '这个渠道已归档。', en: 'The channel is archived.' },
  'bad-url': { zh: '地址不对。', en: 'The address is wrong.' },
  'private-address': {
    zh: '地址在本机或内网，默认不允许；需要时设置 KINDLING_PRIVATE_WEBHOOKS。',
    en: 'The address is of this machine or a private network, which is not allowed unless KINDLING_PRIVATE_WEBHOOKS is set.',
  },
  'unknown-host': { zh: '找不到这个主机名。', en: 'There is no host of this name.' },
  'refused-connection': { zh: '连接不上对方。', en: 'The other side cannot be connected to.' },
  'no-answer': {
    zh: '发出后没有收到回答，不知道对方是否收到。',
    en: 'It went out and no answer came, so nobody knows whether it arrived.',
  },
  'unreadable-answer': {
    zh: '对方的回答看不懂，不知道是否成功。',
    en: 'The answer cannot be read, so nobody knows whether it succeeded.',
  },
  'adapter-error': { zh: '发送时出了意外。', en: 'Something went wrong while sending.' },
  'no-time': { zh: '没有时间了，稍后再试。', en: 'There was no time left; it is tried again.' },
  rate: { zh: '达到了渠道的频率上限。', en: 'The channel’s rate limit was reached.' },
  circuit: { zh: '连续失败，暂停一会儿再试。', en: 'It failed several times in a row and rests.' },
  'too-long': { zh: '文字超过渠道允许的长度。', en: 'The text is longer than the channel takes.' },
  format: { zh: '渠道不支持这种格式。', en: 'The channel does not take this format.' },
  'no-groups': { zh: '这个渠道不能发到群。', en: 'The channel cannot post into groups.' },
  'no-members': { zh: '这个渠道不能发给个人。', en: 'The channel cannot write to single people.' },
  'no-address': {
    zh: '没有对方在这个渠道上的地址，或格式不对。',
    en: 'The recipient has no valid address on this channel.',
  },
  'no-reader': { zh: '这条消息已经没有人需要了。', en: 'Nobody needs this message any more.' },
  'given-up': { zh: '试了很久都没有成功。', en: 'It was tried for a long time without success.' },
  tls: {
    zh: '服务器的证书不可信，或不支持加密。',
    en: 'The server’s certificate is not trusted, or it offers no encryption.',
  },
  'smtp-auth': {
    zh: '邮件服务器不接受用户名或密码。',
    en: 'The mail server does not accept the user name or password.',
  },
  'smtp-closed': { zh: '邮件服务器中断了连接。', en: 'The mail server closed the connection.' },
  'smtp-535': {
    zh: '邮件服务器不接受用户名或密码。',
    en: 'The mail server does not accept the user name or password.',
  },
  'smtp-550': { zh: '邮箱不存在或不接收。', en: 'There is no such mailbox, or it takes no mail.' },
  'feishu-19001': { zh: '飞书机器人地址里的令牌不对。', en: 'The token in the robot’s address is wrong.' },
  'feishu-19021': {
    zh: '飞书签名不对，或服务器时钟误差超过一小时。',
    en: 'The signature is wrong, or this machine’s clock is off by more than an hour.',
  },
  'feishu-19022': {
    zh: '飞书机器人的 IP 白名单不含本机。',
    en: 'This machine is not on the robot’s list of addresses.',
  },
  'feishu-19024': {
    zh: '飞书机器人要求的关键词不在文字里。',
    en: 'The text lacks the keyword that the robot asks for.',
  },
  'dingtalk-310000': {
    zh: '钉钉安全设置没有通过：签名、关键词或 IP 白名单。',
    en: 'The robot’s security settings refuse it: signature, keyword or list of addresses.',
  },
  'dingtalk-300001': { zh: '钉钉机器人地址里的令牌不对。', en: 'The token in the robot’s address is wrong.' },
  'dingtalk-400013': { zh: '钉钉群已被解散。', en: 'The group was dissolved.' },
  'dingtalk-400101': { zh: '钉钉机器人地址里的令牌不对。', en: 'The token in the robot’s address is wrong.' },
  'dingtalk-400102': { zh: '钉钉机器人已停用。', en: 'The robot is switched off.' },
  'dingtalk-400106': { zh: '钉钉机器人已被删除。', en: 'The robot was deleted.' },
  'wecom-93000': {
    zh: '企业微信机器人地址不对，或机器人已被删除。',
    en: 'The robot’s address is wrong, or the robot was deleted.',
  },
  'slack-channel_is_archived': { zh: 'Slack 频道已归档。', en: 'The Slack channel is archived.' },
  'slack-no_service': { zh: 'Slack Webhook 已失效。', en: 'The Slack webhook is no longer valid.' },
  'slack-invalid_token': { zh: 'Slack Webhook 地址不对。', en: 'The address of the Slack webhook is wrong.' },
  'discord-10015': { zh: 'Discord Webhook 已被删除。', en: 'The Discord webhook was deleted.' },
  'discord-50027': { zh: 'Discord Webhook 地址不对。', en: 'The address of the Discord webhook is wrong.' },
  'telegram-401': { zh: 'Telegram 机器人令牌不对。', en: 'The bot’s token is wrong.' },
  'telegram-403': {
    zh: '对方屏蔽了机器人，或机器人被移出了群。',
    en: 'The bot was blocked or removed from the group.',
  },
  'telegram-400': {
    zh: 'Telegram 找不到这个聊天，或不接受这段文字。',
    en: 'There is no such chat, or the text is not accepted.',
  },
  'telegram-migrated': {
    zh: '群升级后 chat id 变了，请更新。',
    en: 'The group was upgraded and has another chat id; update it.',
  },
};

/** Says what a code means. `smtp-550-5.1.1` falls back to `smtp-550`, and what nobody knows is quoted. */
export function sayReason(code: string): Words {
  const found = [code, code.split('-').slice(0, 2).join('-')].find((it) => Object.hasOwn(REASONS, it));
  if (found !== undefined) return REASONS[found]!;
  return { zh: `对方拒绝了（代码 ${code}）。`, en: `The other side refused it (code ${code}).` };
}
