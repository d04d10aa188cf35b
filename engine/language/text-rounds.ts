// How many rounds the loops of a text make, as far as it is written down: `(1..12)` says so, `(1..params.days)` does not.
// Not the bound on what a text may do when it is rendered: that is the memory limit in text.ts.
import { ForTag, TypeGuards, Value, type RangeToken, type Template } from 'liquidjs';

/** A range that passes the limit, by itself or with the loops around it. */
export interface TooManyRounds {
  /** As it is written: `(1..100000000)`. */
  readonly what: string;
  readonly row: number;
  readonly column: number;
}

/** Finds the first range with which a text makes more than `most` rounds. */
export function tooManyRounds(
  templates: readonly Template[],
  most: number,
  around = 1,
): TooManyRounds | undefined {
  for (const template of templates) {
    let rounds = around;
    for (const range of rangesOf(template)) {
      const made = around * sizeOf(range);
      if (made > most) return placed(range);
      if (template instanceof ForTag) rounds = Math.max(rounds, made);
    }
    const found = tooManyRounds(childrenOf(template), most, rounds);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The ranges in the arguments of a tag or an output, those in filters included. */
function rangesOf(template: Template): RangeToken[] {
  const tokens = [...(template.arguments?.() ?? [])].flatMap((argument: unknown) =>
    argument instanceof Value
      ? [...argument.initial.postfix, ...argument.filters.flatMap(({ args }) => args.flat() as unknown[])]
      : [argument],
  );
  return tokens.filter((token) => TypeGuards.isRangeToken(token));
}

/** How many numbers a range has; none where a bound is not written down. */
function sizeOf({ lhs, rhs }: RangeToken): number {
  const [low, high] = [lhs, rhs].map((bound) =>
    'content' in bound && (TypeGuards.isNumberToken(bound) || TypeGuards.isQuotedToken(bound))
      ? Number(bound.content)
      : Number.NaN,
  ) as [number, number];
  const size = high - low + 1;
  return size > 0 ? size : 0;
}

function placed(range: RangeToken): TooManyRounds {
  const [row, column] = range.getPosition() as [number, number];
  return { what: range.getText(), row, column };
}

/** What stands inside a tag. Partials are off, so its generator ends at once. */
function childrenOf(template: Template): readonly Template[] {
  const { value, done } = template.children?.(false, true).next() ?? {};
  return done === true ? (value as Template[]) : [];
}
