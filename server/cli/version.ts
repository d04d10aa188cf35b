// The version of this product, as package.json says it.
// Not the versions of playbooks, and not the interpreter's semantics.
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Reads it. */
export function productVersion(): string {
  const file = path.resolve(import.meta.dirname, '../../package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version;
}
