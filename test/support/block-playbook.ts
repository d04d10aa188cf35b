// Playbooks that are block-structured by construction, and where each of their nodes stands: known without the compiler.
import fc from 'fast-check';

/** A piece of a drawing. */
export type Piece =
  | { readonly kind: 'step' }
  | { readonly kind: 'seq'; readonly parts: readonly Piece[] }
  | { readonly kind: 'choice'; readonly arms: readonly Piece[] }
  | {
      readonly kind: 'fork';
      readonly arms: readonly Piece[];
      readonly need: 'all' | 'any';
      readonly dies: boolean;
    }
  | { readonly kind: 'repeat'; readonly body: Piece; readonly max: number };

/** A drawing with what its maker knows about it. */
export interface Drawn {
  readonly nodes: { readonly id: string; readonly step: string; readonly config: Record<string, unknown> }[];
  readonly edges: {
    readonly id: string;
    readonly from: string;
    readonly port: string;
    readonly to: string;
  }[];
  /** Block paths as text: `/p3:0` is branch 0 of p3, `/r5` the round of r5. */
  readonly paths: Map<string, string>;
  /** The fork that each join closes. */
  readonly forkOf: Map<string, string>;
}

const leaf: fc.Arbitrary<Piece> = fc.constant({ kind: 'step' });

/** Any block-structured piece. */
export const pieces: fc.Arbitrary<Piece> = fc.letrec<{ piece: Piece }>((tie) => ({
  piece: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.record({
      kind: fc.constant('seq' as const),
      parts: fc.array(tie('piece'), { minLength: 1, maxLength: 4 }),
    }),
    fc.record({
      kind: fc.constant('choice' as const),
      arms: fc.array(tie('piece'), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({
      kind: fc.constant('fork' as const),
      arms: fc.array(tie('piece'), { minLength: 2, maxLength: 3 }),
      need: fc.constantFrom('all' as const, 'any' as const),
      dies: fc.boolean(),
    }),
    fc.record({
      kind: fc.constant('repeat' as const),
      body: tie('piece'),
      max: fc.integer({ min: 1, max: 5 }),
    }),
  ),
})).piece;

type Ends = readonly (readonly [from: string, port: string])[];

/** Draws a piece between a start and an end. */
export function draw(piece: Piece): Drawn {
  const drawn: Drawn = { nodes: [], edges: [], paths: new Map(), forkOf: new Map() };
  const start = add(drawn, { prefix: 's', step: 'start', config: {} }, '');
  const ends = put(drawn, piece, [[start, 'out']], '');
  connect(drawn, ends, add(drawn, { prefix: 'e', step: 'end', config: {} }, ''));
  return drawn;
}

type NewNode = Omit<Drawn['nodes'][number], 'id'> & { readonly prefix: string };

function add({ nodes, paths }: Drawn, { prefix, ...node }: NewNode, path: string): string {
  const id = `${prefix}${nodes.length}`;
  nodes.push({ id, ...node });
  paths.set(id, path);
  return id;
}

function connect({ edges }: Drawn, ends: Ends, to: string): void {
  for (const [from, port] of ends) edges.push({ id: `edge-${edges.length}`, from, port, to });
}

const WHEN = { cel: 'metrics.reach > 5' };
const named = (arms: readonly unknown[]): string[] => arms.map((_, index) => `p${index}`);

function put(drawn: Drawn, piece: Piece, ends: Ends, path: string): Ends {
  switch (piece.kind) {
    case 'step': {
      const id = add(drawn, { prefix: 'w', step: 'wait', config: { for: 'PT1H' } }, path);
      connect(drawn, ends, id);
      return [[id, 'done']];
    }
    case 'seq':
      return piece.parts.reduce((open, part) => put(drawn, part, open, path), ends);
    case 'choice': {
      const ports = named(piece.arms);
      const id = add(
        drawn,
        { prefix: 'b', step: 'branch', config: { rules: ports.map((port) => ({ port, when: WHEN })) } },
        path,
      );
      connect(drawn, ends, id);
      return [
        [id, 'else'],
        ...piece.arms.flatMap((arm, index) => put(drawn, arm, [[id, ports[index]!]], path)),
      ];
    }
    case 'fork':
      return putFork(drawn, piece, ends, path);
    case 'repeat': {
      const id = add(drawn, { prefix: 'r', step: 'repeat', config: { max: piece.max, at: '09:00' } }, path);
      connect(drawn, ends, id);
      // A step of its own, so that no body is empty.
      const body: Piece = { kind: 'seq', parts: [{ kind: 'step' }, piece.body] };
      connect(drawn, put(drawn, body, [[id, 'each']], `${path}/${id}`), id);
      return [[id, 'done']];
    }
  }
}

function putFork(drawn: Drawn, piece: Extract<Piece, { kind: 'fork' }>, ends: Ends, path: string): Ends {
  const ports = named(piece.arms);
  const id = add(
    drawn,
    { prefix: 'p', step: 'parallel', config: { branches: ports.map((port) => ({ port })) } },
    path,
  );
  connect(drawn, ends, id);
  const arms = piece.arms.map((arm, index) =>
    put(drawn, arm, [[id, ports[index]!]], `${path}/${id}:${index}`),
  );
  const join = add(drawn, { prefix: 'j', step: 'join', config: { need: piece.need } }, path);
  drawn.forkOf.set(join, id);
  arms.forEach((open, index) => {
    // The last branch may end before the join.
    const dies = piece.dies && index === arms.length - 1 && index > 0;
    connect(
      drawn,
      open,
      dies ? add(drawn, { prefix: 'x', step: 'end', config: {} }, `${path}/${id}:${index}`) : join,
    );
  });
  return [[join, 'out']];
}
