// Block paths as integers: which branches of parallels and rounds of repeats something stands in.
// Equal paths have equal numbers, so comparing two costs nothing.

/** A path; 0 is the empty one. */
export type PathId = number;

/** The innermost element of a path: a branch of a parallel or the round of a repeat, by the number of its node. */
export interface Element {
  readonly kind: 'branch' | 'round';
  readonly node: number;
  /** The port of the parallel; 0 for a round. */
  readonly branch: number;
}

/** A node of the tree of all paths. */
interface Path {
  readonly parent: PathId;
  readonly depth: number;
  readonly element: Element;
}

/** All paths of one graph. */
export class BlockPaths {
  readonly #paths: Path[] = [{ parent: 0, depth: 0, element: { kind: 'round', node: -1, branch: 0 } }];
  readonly #known = new Map<string, PathId>();

  /** The path one element deeper. */
  enter(parent: PathId, element: Element): PathId {
    const key = `${parent} ${element.kind} ${element.node} ${element.branch}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#paths.push({ parent, depth: this.#path(parent).depth + 1, element });
    this.#known.set(key, this.#paths.length - 1);
    return this.#paths.length - 1;
  }

  /** The innermost element; undefined for the empty path. */
  top(path: PathId): Element | undefined {
    return path === 0 ? undefined : this.#path(path).element;
  }

  /** The path without its innermost element. */
  parent(path: PathId): PathId {
    return this.#path(path).parent;
  }

  depth(path: PathId): number {
    return this.#path(path).depth;
  }

  /** The elements from the innermost to the outermost. */
  *outwards(path: PathId): Generator<Element> {
    for (let at = path; at !== 0; at = this.#path(at).parent) yield this.#path(at).element;
  }

  /** Where two paths part: the first element of each that the other does not have. */
  parting(left: PathId, right: PathId): { readonly left?: Element; readonly right?: Element } {
    let [a, b] = [left, right];
    let below: { left?: Element; right?: Element } = {};
    while (a !== b) {
      const [depthA, depthB] = [this.depth(a), this.depth(b)];
      if (depthA >= depthB) {
        below = { ...below, left: this.#path(a).element };
        a = this.#path(a).parent;
      }
      if (depthB >= depthA) {
        below = { ...below, right: this.#path(b).element };
        b = this.#path(b).parent;
      }
    }
    return below;
  }

  #path(path: PathId): Path {
    return this.#paths[path]!;
  }
}
