// What is dragged is drawn into line with what stands, each axis for itself; and a step belongs to the column it stands in.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Playbook } from '../../../engine/document.ts';
import { columnsOf, phasesAfter } from '../../../editor/canvas/columns.ts';
import { snapTo } from '../../../editor/canvas/guides.ts';

const standing = { x: 100, y: 50, width: 200, height: 80 };

describe('guides', () => {
  test('the nearest line within reach wins, and a line says along what', () => {
    const { by, guides } = snapTo({ x: 104, y: 300, width: 200, height: 60 }, [standing], 6);
    expect(by).toEqual({ x: -4, y: 0 });
    expect(guides.map(({ axis, at }) => `${axis} ${at}`)).toEqual(['x 100', 'x 200', 'x 300']);
    expect(guides[0]).toMatchObject({ from: 50, to: 360 });
  });

  test('middles count too, and beyond reach nothing is moved and nothing drawn', () => {
    expect(snapTo({ x: 149, y: 300, width: 100, height: 60 }, [standing], 6).by.x).toBe(1);
    expect(snapTo({ x: 410, y: 300, width: 50, height: 60 }, [standing], 6)).toEqual({
      by: { x: 0, y: 0 },
      guides: [],
    });
  });

  test('nothing is ever moved further than within reach, and whoever is moved stands in line', () => {
    const box = fc.record({
      x: fc.integer({ min: -500, max: 500 }),
      y: fc.integer({ min: -500, max: 500 }),
      width: fc.integer({ min: 1, max: 300 }),
      height: fc.integer({ min: 1, max: 300 }),
    });
    fc.assert(
      fc.property(
        box,
        fc.array(box, { maxLength: 12 }),
        fc.integer({ min: 1, max: 20 }),
        (carried, all, reach) => {
          const { by, guides } = snapTo(carried, all, reach);
          expect(Math.max(Math.abs(by.x), Math.abs(by.y))).toBeLessThanOrEqual(reach);
          for (const axis of ['x', 'y'] as const)
            if (by[axis] !== 0) expect(guides.some((guide) => guide.axis === axis)).toBe(true);
        },
      ),
    );
  });
});

describe('phases', () => {
  const document: Playbook = {
    format: 1,
    id: 'small',
    title: { en: 'Small' },
    phases: [
      { id: 'warm-up', title: { en: 'Warm-up' } },
      { id: 'ignite', title: { en: 'Ignite' } },
    ],
    graph: {
      nodes: [
        { id: 'start', step: 'start', phase: 'warm-up' },
        { id: 'teaser', step: 'wait', phase: 'warm-up' },
        { id: 'end', step: 'end', phase: 'ignite' },
      ],
      edges: [],
    },
    layout: {
      campaign: { nodes: { start: { x: 0, y: 0 }, teaser: { x: 300, y: 0 }, end: { x: 900, y: 0 } } },
    },
  };

  test('a step that is put into another column belongs to it; between the columns it stays what it was', () => {
    expect([...phasesAfter(document, { teaser: { x: 905, y: 200 } })]).toEqual([['teaser', 'ignite']]);
    expect([...phasesAfter(document, { teaser: { x: 600, y: 200 } })]).toEqual([]);
    expect([...phasesAfter(document, { teaser: { x: 10, y: 200 } })]).toEqual([]);
  });

  test('a phase without steps waits for them behind the one before it, where it can be seen and entered', () => {
    const phases = [...document.phases!, { id: 'monitor', title: {} }, { id: 'review', title: {} }];
    const { columns } = columnsOf({ ...document, phases });
    expect(columns.map(({ phase }) => phase.id)).toEqual(['warm-up', 'ignite', 'monitor', 'review']);
    for (const [no, { left }] of columns.entries()) {
      const { left: before, width } = columns[no - 1] ?? { left: -Infinity, width: 0 };
      expect(left).toBeGreaterThanOrEqual(before + width);
    }
    const into = { teaser: { x: columns[2]!.left + 40, y: 0 } };
    expect([...phasesAfter({ ...document, phases }, into)]).toEqual([['teaser', 'monitor']]);
    // Where there is no room between two that have steps, it does not lie over them.
    const [first, last] = [document.phases![0]!, document.phases![1]!];
    const layout = {
      campaign: { nodes: { start: { x: 0, y: 0 }, teaser: { x: 300, y: 0 }, end: { x: 600, y: 0 } } },
    };
    const tight = { ...document, layout, phases: [first, { id: 'between', title: {} }, last] };
    expect(columnsOf(tight).columns.map(({ phase }) => phase.id)).toEqual(['warm-up', 'ignite']);
  });

  test('a step that stretches its own column does not leave it', () => {
    const { columns } = columnsOf(document);
    expect(columns.map(({ phase }) => phase.id)).toEqual(['warm-up', 'ignite']);
    expect([...phasesAfter(document, { end: { x: 2_000, y: 0 } })]).toEqual([]);
  });
});
