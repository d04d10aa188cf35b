// Forms of single values that no schema of ours can say: web addresses, and names of things outside of the document.

// Not the URL class: the engine runs where only the language itself is sure to exist.
const ADDRESS =
  /^https?:\/\/([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(:\d{1,5})?([/?#][^\s<>"{}|\\^`]*)?$/i;

/** True for a complete http or https address without user name and password. */
export function isAddress(text: string): boolean {
  return text.length <= 2_000 && ADDRESS.test(text);
}

/** True for the name of an event, role, tag, channel and the like: words of any language, on one line. */
export function isName(text: string): boolean {
  return text.length <= 100 && /^[^\s\p{C}](?:[^\p{C}\p{Zl}\p{Zp}]*[^\s\p{C}])?$/u.test(text);
}
