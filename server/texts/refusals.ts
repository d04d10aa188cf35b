// Every way in which the server refuses a request: status, sentence and advice in Chinese and English.
// Not what is wrong with a playbook: those problems stand in engine/problem.ts and travel inside a refusal.
import { linkRefusals } from './link-refusals.ts';
import { memberRefusals } from './member-refusals.ts';
import { entry, type RefusalText } from './refusal-entry.ts';

/** The catalogue; codes never change their meaning. */
export const refusals = {
  ...memberRefusals,
  ...linkRefusals,
  'not-found': entry(
    404,
    ['这里没有可以给您看的内容。', '检查地址；如果应该有，请团队的负责人确认您的权限。'],
    [
      'There is nothing here for you.',
      'Check the address; if there should be, ask an owner of the team for the right.',
    ],
  ),
  'door-not-open': entry(
    409,
    ['「{journey}」的入口没有开着。', '按事件进入的旅程，启动之后才开放；已经关闭的不用再关。'],
    [
      'The entrance of "{journey}" is not open.',
      'A journey that is entered by event is open from its launch on; one that was closed need not be closed again.',
    ],
  ),
  unauthenticated: entry(
    401,
    ['请先登录。', '登录，或在请求头 Authorization 里带上 API 密钥。'],
    ['Please log in.', 'Log in, or send an API key in the Authorization header.'],
  ),
  'wrong-origin': entry(
    403,
    ['这个请求不是从本站的页面发出的。', '从 {expected} 打开页面再试；程序请使用 API 密钥。'],
    [
      'This request does not come from a page of this site.',
      'Open the page at {expected} and try again; programs use an API key.',
    ],
  ),
  'login-failed': entry(
    401,
    ['邮箱或密码不对。', '检查后再试；忘记密码请让负责人重新邀请。'],
    [
      'The e-mail address or the password is wrong.',
      'Check both; if it is lost, ask an owner to invite you again.',
    ],
  ),
  'too-many-attempts': entry(
    429,
    ['登录失败次数太多。', '请在 {minutes} 分钟后再试。'],
    ['Too many failed logins.', 'Try again in {minutes} minutes.'],
  ),
  'too-many-requests': entry(
    429,
    ['请求太频繁。', '请在 {seconds} 秒后再试。'],
    ['Too many requests.', 'Try again in {seconds} seconds.'],
  ),
  'too-many-streams': entry(
    429,
    ['同时打开的实时进展太多（至多 {most} 个）。', '关掉几个页面或连接后再试。'],
    [
      'Too much live progress is open at once (at most {most}).',
      'Close some pages or connections and try again.',
    ],
  ),
  'no-key': entry(
    503,
    ['这个安装没有加密密钥，不能签发链接，也不能保存凭证。', '设置 KINDLING_ENCRYPTION_KEY，然后重启。'],
    [
      'This installation has no encryption key, so it can neither sign links nor keep credentials.',
      'Set KINDLING_ENCRYPTION_KEY and start it again.',
    ],
  ),
  'email-taken': entry(
    409,
    ['这个邮箱已经有账号。', '直接登录，或换一个邮箱。'],
    ['There is an account with this e-mail address.', 'Log in, or use another address.'],
  ),
  'invalid-request': entry(
    400,
    ['请求的「{place}」不对：{problemZh}。', '改正后再发；/docs 里有每个请求的格式。'],
    ['"{place}" of the request is wrong: {problemEn}.', 'Correct it; /docs describes every request.'],
  ),
  'not-json': entry(
    400,
    ['请求内容不是有效的 JSON。', '检查括号、引号和编码（UTF-8）；不能有 __proto__ 这样的键。'],
    [
      'The body of the request is not valid JSON.',
      'Check brackets, quotes and encoding (UTF-8); keys such as __proto__ are not accepted.',
    ],
  ),
  'not-readable': entry(
    415,
    ['请求内容的类型不认识。', '用 Content-Type: application/json 发送 JSON。'],
    ['The type of the request body is not known.', 'Send JSON with Content-Type: application/json.'],
  ),
  'too-large': entry(
    413,
    ['请求内容太大。', '分成几次发送；这个请求最多 {limit} 字节。'],
    ['The body of the request is too large.', 'Send it in parts; this request takes at most {limit} bytes.'],
  ),
  'stale-draft': entry(
    409,
    [
      '这份草稿已经被别人改到第 {revision} 版，您是从第 {base} 版改的。',
      '对照两个版本，合并后用新的版本号再保存。',
    ],
    [
      'Somebody has saved revision {revision} of this draft; yours began from revision {base}.',
      'Compare the two, merge, and save with the new revision.',
    ],
  ),
  'stale-section': entry(
    409,
    ['别人刚改过「{heading}」这一节。', '对照两边的文字，决定留哪些，再保存一次。'],
    [
      'Somebody has just changed the section “{heading}”.',
      'Compare the two texts, decide what stays, and save once more.',
    ],
  ),
  'key-mismatch': entry(
    409,
    ['文档的 id 是「{got}」，这个剧本是「{expected}」。', '改文档的 id，或者另建一个剧本。'],
    [
      'The document calls itself "{got}", this playbook is "{expected}".',
      'Change the id in the document, or make another playbook.',
    ],
  ),
  'no-id': entry(
    422,
    ['文档没有可用的 id 或标题。', '填写由字母、数字和连字符组成的 id，以及 title。'],
    ['The document has no usable id or title.', 'Give it an id of letters, digits and hyphens, and a title.'],
  ),
  'playbook-has-problems': entry(
    422,
    ['剧本有 {count} 个错误，不能继续。', '逐条改正 problems 里的错误。'],
    ['The playbook has {count} errors.', 'Mend each of those listed under `problems`.'],
  ),
  'nothing-changed': entry(
    409,
    ['草稿和第 {number} 版的含义完全一样。', '改动之后再发布；只移动位置不产生新版本。'],
    [
      'The draft means exactly what version {number} means.',
      'Change it before you publish; moving things on the canvas makes no version.',
    ],
  ),
  'script-has-problems': entry(
    422,
    ['脚本有 {count} 处问题。', '逐条改正 problems 里的问题。'],
    ['The script has {count} problems.', 'Mend each of those listed under `problems`.'],
  ),
  'too-many-when-fast': entry(
    422,
    ['压缩时间的运行最多有 {limit} 名成员。', '减少成员，或按真实时间启动。'],
    ['A run in compressed time has at most {limit} members.', 'Take fewer, or launch it in real time.'],
  ),
  'only-when-fast': entry(
    422,
    ['「{place}」只能用在压缩时间的运行里。', '加上 "fast": true，或去掉它。'],
    ['"{place}" is for runs in compressed time.', 'Add "fast": true, or leave it out.'],
  ),
  'role-unfilled': entry(
    422,
    ['没有指定谁来担任：{roles}。', '在 roles 里为每个角色指定至少一位同事。'],
    ['Nobody fills: {roles}.', 'Name at least one colleague for each role under `roles`.'],
  ),
  'unknown-user': entry(
    422,
    ['「{id}」不是团队里可以指派的同事。', '在 GET /api/users 里选择。'],
    ['"{id}" is no colleague of this team who can be assigned.', 'Choose from GET /api/users.'],
  ),
  'unknown-group': entry(
    422,
    ['「{id}」不是团队的社群或群。', '在 GET /api/groups 里选择。'],
    ['"{id}" is no community or group of this team.', 'Choose from GET /api/groups.'],
  ),
  'unknown-member': entry(
    422,
    ['「{id}」不是团队的成员。', '在 GET /api/members 里选择。'],
    ['"{id}" is no member of this team.', 'Choose from GET /api/members.'],
  ),
  'cannot-skip-time': entry(
    503,
    [
      '这个 Temporal 服务器不能快进时间。',
      '使用 1.32 或更新的版本，并打开 frontend.WorkflowTimeSkippingEnabled；或者不用压缩时间。',
    ],
    [
      'This Temporal server cannot skip time.',
      'Use version 1.32 or newer with frontend.WorkflowTimeSkippingEnabled on; or run without compressed time.',
    ],
  ),
  busy: entry(
    503,
    ['服务器同时在做的这类工作已经到了上限。', '请稍后再试。'],
    ['The server is doing as much of this at once as it can.', 'Try again in a moment.'],
  ),
  'too-much-at-once': entry(
    429,
    ['您同时要做的这类工作太多（至多 {most} 个）。', '等前面的完成后再试。'],
    ['You ask for too much of this at once (at most {most}).', 'Try again when those before are done.'],
  ),
  'check-too-long': entry(
    422,
    [
      '检查这份文档用了超过 {seconds} 秒，或太多内存。',
      '把剧本分成几份，或用命令行 kindling check，那里没有限制。',
    ],
    [
      'Checking this document takes more than {seconds} seconds, or too much memory.',
      'Split the playbook, or use `kindling check` on the command line, which has no limit.',
    ],
  ),
  'rehearsal-too-long': entry(
    422,
    [
      '彩排在 {seconds} 秒内没有走完，或用了太多内存。',
      '减少成员数，或用命令行 kindling rehearse，那里没有时限。',
    ],
    [
      'The rehearsal did not end within {seconds} seconds, or took too much memory.',
      'Take fewer members, or use `kindling rehearse` on the command line, which has no limit.',
    ],
  ),
  'dates-passed': entry(
    409,
    [
      '这些步骤的时刻已经过去（{count} 个）：{nodes}。',
      '检查日期；确定现在开始时带上 confirm: true，过去的步骤按各自的“迟到”规则处理。',
    ],
    [
      'Steps whose moment has passed ({count}): {nodes}.',
      'Check the dates; to begin nevertheless send confirm: true, and each of them does what it says about being late.',
    ],
  ),
  'makes-impossible': entry(
    409,
    [
      '改动使这些步骤来不及（{count} 个）：{nodes}。',
      '检查日期；确定要改时带上 confirm: true，来不及的步骤按各自的“迟到”规则处理。',
    ],
    [
      'Steps that the change makes impossible ({count}): {nodes}.',
      'Check the dates; to change it nevertheless send confirm: true, and each of them does what it says about being late.',
    ],
  ),
  'run-over': entry(
    409,
    ['这次运行已经结束（{status}）。', '结束的运行只能查看。'],
    ['This run is over ({status}).', 'A run that is over can only be looked at.'],
  ),
  'not-now': entry(
    409,
    ['现在不能「{command}」：运行的状态是 {status}。', '刷新后再看可用的操作。'],
    ['"{command}" is not possible now: the run is {status}.', 'Reload to see what is possible.'],
  ),
  'unknown-node': entry(
    422,
    ['剧本里没有步骤「{node}」。', '检查步骤的 id。'],
    ['The playbook has no node "{node}".', 'Check the id of the node.'],
  ),
  'unknown-param': entry(
    422,
    ['参数「{param}」没有定义，或不是日期。', '检查参数名；retime 只接受 date-time 参数。'],
    [
      'The parameter "{param}" is not declared, or is no date.',
      'Check its name; `retime` takes date-time parameters only.',
    ],
  ),
  'no-text': entry(
    422,
    ['步骤「{node}」没有可以改的文字。', '选择发消息、任务或表单这样的步骤。'],
    ['The node "{node}" has no text to correct.', 'Choose a message, a task or a form.'],
  ),
  'visit-not-there': entry(
    409,
    ['「{subject}」现在不在步骤「{node}」上，或没有停住。', '刷新后再看它在哪里。'],
    ['"{subject}" does not stand on "{node}" now, or is not stuck there.', 'Reload to see where it is.'],
  ),
  'cannot-skip-fork': entry(
    409,
    ['「{node}」已经分成几路，不能跳过。', '处理各路上的步骤，或结束它。'],
    ['"{node}" has forked and cannot be skipped.', 'Deal with the steps of its branches, or end it.'],
  ),
  'task-closed': entry(
    409,
    ['这个任务已经结束。', '在任务详情里看结果。'],
    ['This task is closed.', 'Its outcome stands with the task.'],
  ),
  'no-such-outcome': entry(
    422,
    ['没有「{outcome}」这个选项。', '可选：{known}。'],
    ['There is no outcome "{outcome}".', 'Choose from: {known}.'],
  ),
  'answered-before': entry(
    409,
    ['您已经答复过这个任务。', '每人只能答复一次。'],
    ['You have answered this task before.', 'One voice per person.'],
  ),
  'evidence-type': entry(
    415,
    ['只能上传图片（PNG、JPEG、WebP）或 PDF。', '换一种格式再传，或粘贴链接。'],
    ['Only pictures (PNG, JPEG, WebP) and PDF can be uploaded.', 'Use one of them, or paste a link.'],
  ),
  'too-much-evidence': entry(
    409,
    ['这个任务的文件已经有 {most} 个。', '把要紧的留下，其余用链接。'],
    ['This task has {most} files already.', 'Use links for the rest.'],
  ),
  'unknown-evidence': entry(
    422,
    ['没有这个文件：{evidence}。', '在这个任务里重新上传。'],
    ['There is no such file: {evidence}.', 'Upload it again, in this task.'],
  ),
  'needs-evidence': entry(
    422,
    ['这个任务需要凭证。', '附上链接、说明或文件。'],
    ['This task asks for proof.', 'Add a link, a few words or a file.'],
  ),
  'needs-numbers': entry(
    422,
    ['还有数字没有填：{names}。', '在 numbers 里逐项填写。'],
    ['Numbers are missing: {names}.', 'Fill in each of them under `numbers`.'],
  ),
  'needs-person': entry(
    403,
    ['这件事必须由人登录后亲自决定。', '请登录后再答复，不要用 API 密钥。'],
    [
      'This has to be decided by a person who is logged in.',
      'Log in and answer yourself, without an API key.',
    ],
  ),
  'form-closed': entry(
    409,
    ['表单已经关闭。', '不能再提交。'],
    ['This form is closed.', 'It takes no more answers.'],
  ),
  'form-incomplete': entry(
    422,
    ['必填的问题没有填完：{names}。', '填完再提交。'],
    ['Required questions are open: {names}.', 'Fill them in.'],
  ),
  'report-approved': entry(
    409,
    ['复盘已经通过，不能再改。', '新的结论请写进下一次的剧本。'],
    ['The review is approved and does not change any more.', 'Put new conclusions into the next playbook.'],
  ),
  'last-owner': entry(
    409,
    ['团队至少要有一位负责人。', '先让另一位同事成为负责人。'],
    ['A team keeps at least one owner.', 'Make somebody else an owner first.'],
  ),
  'too-many-templates': entry(
    409,
    ['模板已经有 {most} 个，不能再多。', '先删除不用的。'],
    ['There are {most} templates already.', 'Remove one that nobody uses.'],
  ),
  'name-taken': entry(
    409,
    ['「{name}」已经存在。', '换一个名字。'],
    ['"{name}" exists already.', 'Choose another name.'],
  ),
  'no-encryption-key': entry(
    503,
    ['还没有加密密钥，不能保存凭证。', '设置 KINDLING_ENCRYPTION_KEY（每台机器相同），然后重启。'],
    [
      'There is no encryption key, so a secret cannot be kept.',
      'Set KINDLING_ENCRYPTION_KEY, the same on every machine, and restart.',
    ],
  ),
  'still-starting': entry(
    503,
    ['{part} 还没有准备好。', '稍后再试；GET /healthz 有进度。'],
    ['{part} is not ready yet.', 'Try again soon; GET /healthz shows the progress.'],
  ),
  'no-room': entry(
    503,
    ['数据库所在的磁盘满了，没有存进去。', '请管理员腾出空间，然后再试；没有存进去的内容请保留。'],
    [
      'The disk of the database is full, so nothing was saved.',
      'Ask whoever runs it to make room, then try again; keep what was not saved.',
    ],
  ),
  unavailable: entry(
    503,
    ['数据库现在没有应答。', '稍后再试；没有存进去的内容请保留。'],
    ['The database does not answer at the moment.', 'Try again soon, and keep what was not saved.'],
  ),
  internal: entry(
    500,
    ['服务器出错了，编号 {id}。', '请把编号告诉管理员；日志里有详情。'],
    ['The server failed; reference {id}.', 'Tell the reference to whoever runs it; the log has the details.'],
  ),
} as const satisfies Readonly<Record<string, RefusalText>>;

/** A code of the catalogue. */
export type RefusalCode = keyof typeof refusals;
