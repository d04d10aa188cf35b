// What a control is given where no step's field stands behind it: a title, a part of the document.
import type { ControlProps } from './control.ts';

export const NO_FIELD: Pick<
  ControlProps,
  'field' | 'schema' | 'pointer' | 'siblings' | 'problems' | 'Nested'
> = {
  field: { key: '', as: 'string', label: { zh: '', en: '' } },
  schema: {},
  pointer: '',
  siblings: { fields: [], values: {} },
  problems: [],
  Nested: () => null,
};
