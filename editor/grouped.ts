// Map.groupBy, which Node 20 does not have yet.

/** The members of a list by what they have in common, in the order in which each group first appears. */
export function grouped<K, T>(list: readonly T[], by: (member: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const member of list) {
    const key = by(member);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [member]);
    else group.push(member);
  }
  return groups;
}
