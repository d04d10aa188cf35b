// What the roles of a team are called. A playbook may name others: those are shown as they are written.
export const ROLES: Readonly<Record<string, { readonly zh: string; readonly en: string }>> = {
  owner: { zh: '负责人', en: 'Owner' },
  designer: { zh: '策划', en: 'Designer' },
  operator: { zh: '运营', en: 'Operator' },
  approver: { zh: '审批人', en: 'Approver' },
};

/** A role in the reader's language. */
export const sayRole = (role: string, language: 'zh' | 'en'): string =>
  Object.hasOwn(ROLES, role) ? ROLES[role]![language] : role;
