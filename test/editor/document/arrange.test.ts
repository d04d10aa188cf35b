// Every node has a place from the moment a playbook is opened, and nothing that is done elsewhere moves it.
import { expect, test } from 'vitest';
import { arrange, placed, placesOf } from '../../../editor/document/arrange.ts';
import { CAMPAIGN, drawingOf, graphNames, graphOf, withGraph } from '../../../editor/document/graphs.ts';
import { shipped } from '../../../playbooks/index.ts';

for (const { playbook: document } of Object.values(shipped)) {
  test(`${document.id}: opened, everything stands where it would be tidy`, () => {
    const opened = placed(document);
    for (const name of graphNames(document)) {
      expect(drawingOf(opened, name).nodes).toEqual({
        ...arrange(document, name),
        ...drawingOf(document, name).nodes,
      });
    }
    expect({ ...opened, layout: undefined }).toEqual({ ...document, layout: undefined });
    expect(placed(opened)).toBe(opened);
  });

  test(`${document.id}: a step that is added or taken away moves no other`, () => {
    const opened = placed(document);
    const before = placesOf(opened, CAMPAIGN);
    const graph = graphOf(opened, CAMPAIGN);
    const [first, ...rest] = graph.nodes;
    const more = withGraph(opened, CAMPAIGN, {
      ...graph,
      nodes: [...graph.nodes, { ...first!, id: 'one-more' }],
    });
    expect(placesOf(more, CAMPAIGN)).toMatchObject(before);
    const fewer = withGraph(opened, CAMPAIGN, { ...graph, nodes: rest });
    expect(placesOf(fewer, CAMPAIGN)).toMatchObject(
      Object.fromEntries(rest.map(({ id }) => [id, before[id]])),
    );
  });
}
