// What became of a step between two states of a playbook.

/** Each has a sign as well as a colour. */
export type Mark = 'added' | 'removed' | 'changed';
