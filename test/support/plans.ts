// Block-structured plans for property tests: everything that may nest, nested.
// Builds plans that the compiler would accept, without the compiler.
import fc from 'fast-check';
import type { Plan } from '../../engine/plan.ts';
import { planOf, type NodeSketch, type Way } from './plan-builder.ts';
import { tinyEffects } from './tiny-steps.ts';

type Rest = NonNullable<NodeSketch['rest']>;

/** A piece of a drawing; what follows it is its neighbour in the list. */
export type Piece =
  | { readonly is: 'wait'; readonly ms: number; readonly rest: Rest }
  | { readonly is: 'act'; readonly failed: boolean; readonly rest: Rest }
  | { readonly is: 'until' | 'ask'; readonly rest: Rest }
  | { readonly is: 'hear'; readonly ms: number; readonly rest: Rest }
  | { readonly is: 'toss'; readonly heads: readonly Piece[]; readonly tails: readonly Piece[] }
  | {
      readonly is: 'parallel';
      readonly branches: readonly (readonly Piece[])[];
      readonly need: number | 'all' | null;
      readonly rest: Rest;
    }
  | {
      readonly is: 'repeat';
      readonly max: number;
      readonly times: number;
      readonly body: readonly Piece[];
      readonly rest: Rest;
    }
  | { readonly is: 'end' | 'exit'; readonly rest: Rest };

const MINUTE = 60_000;

const rest: fc.Arbitrary<Rest> = fc.record(
  {
    off: fc.constant(true as const),
    grainMs: fc.constantFrom(0, 5 * MINUTE),
    heedMs: fc.constantFrom(2 * MINUTE, 10 * MINUTE),
    // oxlint-disable-next-line unicorn/no-thenable -- a word of the plan
    late: fc.record({ afterMs: fc.constantFrom(0, 5 * MINUTE), then: fc.constantFrom('run', 'skip', 'ask') }),
    retry: fc.record({
      attempts: fc.integer({ min: 1, max: 3 }),
      firstMs: fc.constantFrom(1_000, MINUTE),
      maxMs: fc.constant(2 * MINUTE),
    }),
    shifts: fc.constant(true as const),
  },
  { requiredKeys: [] },
);

// Rarely anything but the defaults, so that most tokens get far.
const mostlyPlain: fc.Arbitrary<Rest> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: rest },
);

const { pieces } = fc.letrec<{ pieces: readonly Piece[]; piece: Piece; leaf: Piece }>((tie) => ({
  leaf: fc.oneof(
    fc.record({
      is: fc.constant('wait' as const),
      ms: fc.constantFrom(0, MINUTE, 10 * MINUTE),
      rest: mostlyPlain,
    }),
    fc.record({ is: fc.constant('act' as const), failed: fc.boolean(), rest: mostlyPlain }),
    fc.record({ is: fc.constantFrom('until' as const, 'ask' as const), rest: mostlyPlain }),
    fc.record({ is: fc.constant('hear' as const), ms: fc.constantFrom(0, 7 * MINUTE), rest: mostlyPlain }),
    {
      weight: 1,
      arbitrary: fc.record({ is: fc.constantFrom('end' as const, 'exit' as const), rest: fc.constant({}) }),
    },
  ),
  piece: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 3, arbitrary: tie('leaf') },
    {
      weight: 1,
      arbitrary: fc.record({ is: fc.constant('toss' as const), heads: tie('pieces'), tails: tie('pieces') }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        is: fc.constant('parallel' as const),
        branches: fc.array(tie('pieces'), { minLength: 1, maxLength: 3 }),
        need: fc.oneof(fc.constantFrom('all' as const, null, 1), fc.integer({ min: 1, max: 3 })),
        rest: mostlyPlain,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        is: fc.constant('repeat' as const),
        max: fc.integer({ min: 1, max: 3 }),
        times: fc.integer({ min: 0, max: 3 }),
        body: fc.array(tie('piece'), { minLength: 1, maxLength: 2 }),
        rest: mostlyPlain,
      }),
    },
  ),
  pieces: fc.array(tie('piece'), { maxLength: 3, depthIdentifier: 'pieces' }),
}));

/** A plan with a campaign and one journey, both generated. */
export const plans: fc.Arbitrary<Plan> = fc
  .record({ campaign: pieces, journey: pieces })
  .map(({ campaign, journey }) => planFrom(campaign, journey));

/** The plan of two drawings. */
export function planFrom(campaign: readonly Piece[], journey: readonly Piece[]): Plan {
  return planOf({ campaign: drawing(campaign), journey: drawing(journey) }, tinyEffects);
}

function drawing(pieces: readonly Piece[]): NodeSketch[] {
  const drawer = new Drawer();
  const first = drawer.sequence(pieces, null);
  return [{ id: 'start', step: 'start', ports: { out: first } }, ...drawer.nodes];
}

class Drawer {
  readonly nodes: NodeSketch[] = [];

  /** Draws pieces one after the other; returns the way into the first of them. */
  sequence(pieces: readonly Piece[], then: Way): Way {
    const last = pieces.findIndex(({ is }) => is === 'end' || is === 'exit');
    const drawn = last < 0 ? pieces : pieces.slice(0, last + 1);
    return (
      drawn.reduceRight<Way>((next, piece) => this.#piece(piece, next), then) ?? this.#final('end', 'through')
    );
  }

  #piece(piece: Piece, next: Way): Way {
    switch (piece.is) {
      case 'end':
      case 'exit':
        return this.#final(piece.is, piece.is);
      case 'toss': {
        const after = next ?? this.#final('end', 'after');
        return this.#add('toss', {
          heads: this.sequence(piece.heads, after),
          tails: this.sequence(piece.tails, after),
        });
      }
      case 'parallel':
        return this.#parallel(piece, next);
      case 'repeat':
        return this.#repeat(piece, next);
      case 'wait':
      case 'act':
      case 'until':
      case 'ask':
      case 'hear':
        return this.#leaf(piece, next ?? this.#final('end', 'after'));
    }
  }

  #leaf(piece: Extract<Piece, { is: 'wait' | 'act' | 'until' | 'ask' | 'hear' }>, next: Way): Way {
    const anchored = { ...piece.rest, anchors: ['T'] };
    switch (piece.is) {
      case 'wait':
        return this.#add('wait', { done: next }, { config: { ms: piece.ms }, rest: piece.rest });
      case 'act': {
        const failed = piece.failed ? { failed: next } : {};
        return this.#add('act', { a: next, b: this.#final('end', 'b'), ...failed }, { rest: piece.rest });
      }
      case 'until':
        return this.#add('until', { reached: next, past: next }, { rest: anchored });
      case 'ask':
        return this.#add('ask', { yes: next, no: next, expired: next }, { rest: { ...piece.rest, skip: 2 } });
      case 'hear':
        return this.#add(
          'hear',
          { happened: next, timeout: next },
          { config: { ms: piece.ms }, rest: piece.rest },
        );
    }
  }

  #parallel({ branches, need, rest: how }: Extract<Piece, { is: 'parallel' }>, next: Way): Way {
    const fork = this.#name('parallel');
    const join = need === null ? null : this.#name('join');
    if (join !== null && need !== null) {
      const out = next ?? this.#final('end', 'joined');
      this.nodes.push({ id: join, step: 'join', ports: { out }, block: { kind: 'join', fork, need } });
    }
    const ways = branches.map((branch, index) => [`b${index}`, this.sequence(branch, join)] as const);
    const config = { branches: ways.map(([name]) => name) };
    this.nodes.push({
      id: fork,
      step: 'parallel',
      config,
      ports: Object.fromEntries(ways),
      block: { kind: 'fork', join },
      rest: how,
    });
    return fork;
  }

  #repeat({ max, times, body, rest: how }: Extract<Piece, { is: 'repeat' }>, next: Way): Way {
    const id = this.#name('repeat');
    const done = next ?? this.#final('end', 'repeated');
    const each = this.sequence(body, { to: id, turn: 'back' });
    this.nodes.push({
      id,
      step: 'repeat',
      config: { max, times },
      ports: { each, done },
      block: { kind: 'repeat', max },
      rest: { ...how, skip: 1 },
    });
    return { to: id, turn: 'into' };
  }

  #final(step: 'end' | 'exit', reason: string): Way {
    return this.#add(step, {}, { config: { reason } });
  }

  #add(step: string, ports: NonNullable<NodeSketch['ports']>, more: Partial<NodeSketch> = {}): string {
    const id = this.#name(step);
    this.nodes.push({ id, step, ports, ...more });
    return id;
  }

  #name(step: string): string {
    this.#named += 1;
    return `${step}-${this.#named}`;
  }

  #named = 0;
}
