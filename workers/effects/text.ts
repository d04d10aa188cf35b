// Texts as they go out: placeholders filled in, in the locale of whoever reads them.
import type { Text } from '../../engine/document.ts';
import type { ConditionContext } from '../../engine/language/condition.ts';
import type { MakeLink } from '../../engine/language/links.ts';
import { renderText, type RenderProblem } from '../../engine/language/text.ts';
import { inLocale } from './config.ts';
import type { RunFacts } from '../store/run.ts';

/** A text in every locale that it has, or what is missing in one. Links are shown, unless `link` makes them. */
export function renderAll(
  text: Text,
  values: ConditionContext,
  { plan }: Pick<RunFacts, 'plan'>,
  link?: MakeLink,
): { readonly text: Text } | { readonly problem: RenderProblem } {
  const rendered: Record<string, string> = {};
  for (const [locale, source] of Object.entries(text)) {
    const result = renderText(source, values, {
      zone: plan.zone,
      locale,
      ...(link === undefined ? {} : { link }),
    });
    if ('problem' in result) return result;
    rendered[locale] = result.text;
  }
  return { text: rendered };
}

/** The text that somebody reads: in their locale where there is one, otherwise in the playbook's. */
export const readBy = (text: Text, { plan }: Pick<RunFacts, 'plan'>, locale: string | null = null): string =>
  inLocale(text, [...(locale === null ? [] : [locale]), ...plan.locales]);
