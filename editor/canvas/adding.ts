// Where the next step shall go: behind a port or a step, onto a wire, in the place of a step, or at a point of the canvas.
// Whoever asks opens the palette. Not the adding itself, which is a command.
import { create } from 'zustand';
import type { Point } from '../document/graphs.ts';

/** A place for a step to come. */
export type Wanted =
  | { readonly kind: 'after'; readonly node: string; readonly port: string }
  /** Behind a step, at the port that leads nowhere yet. */
  | { readonly kind: 'behind'; readonly node: string }
  | { readonly kind: 'on'; readonly edge: string }
  | { readonly kind: 'replace'; readonly node: string }
  | { readonly kind: 'at'; readonly point: Point };

/** The place that is asked for; undefined while nobody asks. */
export const useWanted = create<{ readonly wanted: Wanted | undefined }>(() => ({ wanted: undefined }));

/** Asks what shall stand there. */
export const askFor = (wanted: Wanted | undefined): void => useWanted.setState({ wanted });
