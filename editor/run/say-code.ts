// Codes of a run in the reader's words: how a subject ended, why a run is as it is, by which channel something went.
// The words stand with the codes (engine/run/words.ts, engine/channels/); what a playbook calls its own ends is found in it.
import { channelKind } from '../../engine/channels/index.ts';
import type { Playbook } from '../../engine/document.ts';
import { COMMAND_WORDS, END_WORDS, sayCode } from '../../engine/run/words.ts';
import { nameOf } from '../canvas/say-node.ts';
import { graphNames, graphOf } from '../document/graphs.ts';
import { isCode } from '../document/say-value.ts';
import type { Language } from '../words.ts';

/** How a subject ended: by the title of the step that gives this reason, else in the product's own words. */
export function sayEnd(document: Playbook, reason: string, language: Language): string {
  if (Object.hasOwn(END_WORDS, reason)) return sayCode(END_WORDS, reason)[language];
  for (const graph of graphNames(document)) {
    const node = graphOf(document, graph).nodes.find(({ config }) => config?.['reason'] === reason);
    if (node?.title !== undefined) return nameOf(node, language);
  }
  return isCode(reason) ? sayCode({}, reason)[language] : reason;
}

/** Why a run is as it is: what somebody wrote, or the command that was given. */
export function sayReasonOfRun(document: Playbook, reason: string, language: Language): string {
  return Object.hasOwn(COMMAND_WORDS, reason)
    ? sayCode(COMMAND_WORDS, reason)[language]
    : sayEnd(document, reason, language);
}

/** A channel: the team's own name for it, or what its kind is called where it is named after that. */
export const sayChannel = (name: string, language: Language): string =>
  channelKind(name)?.label[language] ?? name;

/** Somebody of a synthetic community, as people call them; everybody else by their own name. */
export function sayPerson(name: string, language: Language): string {
  const number = /^person-(\d+)$/.exec(name)?.[1];
  if (number === undefined) return name;
  return { zh: `模拟成员 ${Number(number) + 1}`, en: `Synthetic member ${Number(number) + 1}` }[language];
}
