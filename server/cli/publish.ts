// Brings a playbook from a file into the installation and publishes it; what is published already is used again.
// An unpublished draft that somebody works on is never replaced without being told to.
import type { Playbook } from '../../engine/document.ts';
import { canonicalJson } from '../../engine/index.ts';
import type { Json } from '../../engine/json.ts';
import { Refused, type Api } from './api.ts';
import { EXIT, Failure } from './failure.ts';

/** A version that can be launched. */
export interface Published {
  readonly playbook: string;
  readonly number: number;
}

/**
 * Publishes a document.
 * @throws {Failure} when a draft with other unpublished changes is in the way and `replace` is not set.
 */
export async function publish(
  api: Api,
  document: Playbook,
  { replace }: { readonly replace: boolean },
): Promise<Published> {
  const { id, revision } = await draftFor(api, document, replace);
  const number = await api.publish(id, revision).then(
    (version) => version.number,
    (error: unknown) => {
      const before = refusal(error, 'nothing-changed')?.detail['number'];
      if (typeof before === 'number') return before;
      throw error;
    },
  );
  return { playbook: id, number };
}

async function draftFor(
  api: Api,
  document: Playbook,
  replace: boolean,
): Promise<{ readonly id: string; readonly revision: number }> {
  const begun = await api.begin(document).catch((error: unknown) => {
    const id = refusal(error, 'name-taken')?.detail['id'];
    if (typeof id === 'string') return { id, revision: undefined };
    throw error;
  });
  if (begun.revision !== undefined) return begun;
  const { id } = begun;
  const draft = await api.draft(id);
  if (isSame(draft.document, document)) return { id, revision: draft.revision };
  if (!replace && !(await isPublished(api, id, draft.document))) throw inTheWay(document.id);
  return { id, ...(await api.save(id, document, draft.revision)) };
}

async function isPublished(api: Api, id: string, draft: Json): Promise<boolean> {
  const [newest] = (await api.versions(id)).versions;
  return newest !== undefined && isSame((await api.version(id, newest.number)).document, draft);
}

const isSame = (a: unknown, b: unknown): boolean => canonicalJson(a as Json) === canonicalJson(b as Json);

const refusal = (error: unknown, code: string): Refused | undefined =>
  error instanceof Refused && error.code === code ? error : undefined;

const inTheWay = (key: string): Failure =>
  new Failure(EXIT.failed, {
    zh: `剧本「${key}」有一份没有发布的草稿，和这个文件不同。先发布那份草稿，或给文件换一个 id；确定不要它时加 --replace。`,
    en: `The playbook "${key}" has an unpublished draft that differs from this file. Publish that draft, or give the file another id; --replace discards it.`,
  });
