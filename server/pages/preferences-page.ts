// The page on which a member says what they want to get: everything, nothing that advertises, or nothing at all.
// Showing and reading only; what a choice does is workers/store/preferences.ts.
import { sayInstant } from '../../engine/calendar/say.ts';
import type { Preferences, Wanted } from '../../workers/store/preferences.ts';
import type { Language } from '../refusal.ts';
import type { Sent } from './form-page.ts';
import { markup, page, type Markup } from './html.ts';

const WORDS = {
  zh: {
    title: '消息设置',
    hello: (team: string) => `您想从「${team}」收到什么，由您决定。改了马上生效。`,
    everything: ['都可以发给我', '服务通知，以及我同意过的活动消息'],
    service: ['不要活动和推广消息', '只收服务通知，例如我报名的活动改期'],
    nothing: ['什么都不要发给我', '今后不再收到任何消息'],
    channels: '哪些渠道可以用',
    channel: (name: string) => `可以通过「${name}」联系我`,
    consents: '您同意过的事',
    purposes: {
      marketing: '接收活动和推广消息',
      survey: '参加问卷',
      testimonial: '公开我的评价',
      showInRank: '出现在排行榜里',
    },
    since: (when: string) => `${when} 同意。取消勾选就是撤回。`,
    save: '保存',
    saved: '已保存。',
    noConsent: '目前没有您接收推广消息的同意，所以不会给您发推广消息。',
  },
  en: {
    title: 'Message settings',
    hello: (team: string) => `What you get from ${team} is for you to say. A change counts at once.`,
    everything: ['Send me everything', 'Service messages, and news that I agreed to'],
    service: ['No news or promotion', 'Service messages only, such as a change to what I signed up for'],
    nothing: ['Send me nothing', 'No messages at all from now on'],
    channels: 'Where you may be reached',
    channel: (name: string) => `Contact me by ${name}`,
    consents: 'What you agreed to',
    purposes: {
      marketing: 'Getting news and promotion',
      survey: 'Taking part in surveys',
      testimonial: 'Publishing my review',
      showInRank: 'Appearing in rankings',
    },
    since: (when: string) => `Agreed on ${when}. Clear the box to take it back.`,
    save: 'Save',
    saved: 'Saved.',
    noConsent: 'You have not agreed to promotion, so none is sent to you.',
  },
} as const;

const CHOICES = ['everything', 'service', 'nothing'] as const satisfies readonly Wanted[];

/** What a browser has sent; undefined when it is none of the choices. A mail program's one click means nothing at all. */
export function readWanted(sent: Sent, now: Preferences): Preferences | undefined {
  if (sent['List-Unsubscribe'] === 'One-Click')
    return { ...now, wanted: now.wanted === 'nothing' ? 'nothing' : 'service' };
  const wanted = CHOICES.find((it) => it === sent['want']);
  if (wanted === undefined) return undefined;
  return {
    wanted,
    channels: now.channels.map((it) => ({ ...it, open: ticked(sent, `channel.${it.id}`) ?? it.open })),
    consents: now.consents.map((it) => ({
      ...it,
      active: ticked(sent, `consent.${it.purpose}`) ?? it.active,
    })),
  };
}

/** Whether a box is ticked; undefined where the page that was sent showed none: about that nothing was said. */
const ticked = (sent: Sent, name: string): boolean | undefined =>
  Object.hasOwn(sent, name) ? sent[name] === 'yes' : undefined;

/** A browser says nothing of a box that is clear: this stands before it, and the box that is ticked has the last word. */
const shown = (name: string): Markup => markup`<input type="hidden" name="${name}" value="no" />`;

/** The page. */
export function preferencesPage(
  { wanted, channels, consents }: Preferences,
  {
    team,
    zone,
    language,
    saved,
    other,
  }: {
    readonly team: string;
    readonly zone: string;
    readonly language: Language;
    readonly saved: boolean;
    readonly other: string;
  },
): string {
  const words = WORDS[language];
  const locale = language === 'zh' ? 'zh-CN' : 'en';
  const tick = (on: boolean) => (on ? markup` checked` : undefined);
  const agreesToNews = consents.some(({ purpose, active }) => purpose === 'marketing' && active);
  const content = markup`<h1>${words.title}</h1>
    ${saved ? markup`<p class="note" role="status">${words.saved}</p>` : undefined}
    <p>${words.hello(team)}</p>
    <form method="post">
      <fieldset>
        ${CHOICES.map((choice) => {
          const [label, help] = words[choice];
          return markup`<label class="option"
            ><input type="radio" name="want" value="${choice}" ${tick(choice === wanted)} /><span
              >${label}<small>${help}</small></span
            ></label
          > `;
        })}
      </fieldset>
      ${agreesToNews ? undefined : markup`<p class="soft">${words.noConsent}</p>`}
      ${
        channels.length < 2
          ? undefined
          : markup`<h2>${words.channels}</h2>
              ${channels.map(
                ({ id, name, open }) =>
                  markup`${shown(`channel.${id}`)}<label class="option"
                    ><input type="checkbox" name="channel.${id}" value="yes" ${tick(open)} /><span
                      >${words.channel(name)}</span
                    ></label
                  >`,
              )}`
      }
      ${
        consents.length === 0
          ? undefined
          : markup`<h2>${words.consents}</h2>
              ${consents.map(({ purpose, active, since }) => {
                const known: Readonly<Record<string, string>> = words.purposes;
                const what = Object.hasOwn(known, purpose) ? known[purpose] : purpose;
                return markup`${shown(`consent.${purpose}`)}<label class="option"
                  ><input type="checkbox" name="consent.${purpose}" value="yes" ${tick(active)} /><span
                    >${what}<small>${words.since(sayInstant(since, zone, locale, 'year') ?? '')}</small></span
                  ></label
                >`;
              })}`
      }
      <button>${words.save}</button>
    </form>`;
  return page({ title: words.title, team, language, other }, content);
}
