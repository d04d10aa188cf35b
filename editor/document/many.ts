// Commands on several steps at once, each one step to undo. Pure, like commands.ts.
import { move, setFacet, type Command } from './commands.ts';
import { drawingOf, graphOf, withDrawing, type GraphName, type Point } from './graphs.ts';

/** Moves many at once under a name of its own: tidying up, aligning, distributing. */
export const rearrange = (
  graph: GraphName,
  places: Readonly<Record<string, Point>>,
  says: Command['says'],
): Command => ({ ...move(graph, places), says });

/** Colours steps; undefined gives them back the colour of their family. */
export function setColour(graph: GraphName, ids: readonly string[], colour: string | undefined): Command {
  return {
    says: { zh: '改颜色', en: 'Change the colour' },
    apply: (document) => {
      const drawing = drawingOf(document, graph);
      const known = graphOf(document, graph).nodes.filter(({ id }) => ids.includes(id));
      const nodes = { ...drawing.nodes };
      for (const { id } of known) {
        const place = nodes[id];
        // A step that nobody has placed has no drawing yet: it is coloured where it stands.
        if (place === undefined) continue;
        const { colour: _old, ...rest } = place;
        nodes[id] = colour === undefined ? rest : { ...rest, colour };
      }
      const isSame = known.every(({ id }) => drawing.nodes[id]?.colour === nodes[id]?.colour);
      return isSame ? document : withDrawing(document, graph, { ...drawing, nodes });
    },
  };
}

/** Switches several steps off or on. */
export function switchSteps(graph: GraphName, ids: readonly string[], off: boolean): Command {
  const count = ids.length;
  return {
    says: off
      ? { zh: `停用 ${count} 个步骤`, en: `Switch ${count} steps off` }
      : { zh: `启用 ${count} 个步骤`, en: `Switch ${count} steps on` },
    apply: (document) =>
      ids.reduce((now, id) => setFacet(graph, id, 'off', off ? true : undefined).apply(now), document),
  };
}

/** Moves several steps to a phase, or out of all phases. */
export function setPhaseOf(graph: GraphName, ids: readonly string[], phase: string | undefined): Command {
  return {
    says: { zh: '移到别的阶段', en: 'Move to another phase' },
    apply: (document) => ids.reduce((now, id) => setFacet(graph, id, 'phase', phase).apply(now), document),
  };
}
