// One row of a form that is not made of a step's fields: a label and its control.
import type { ReactNode } from 'react';

/** `id` is the control's, and the name by which a problem finds the row. */
export function Labelled({
  id,
  label,
  children,
}: {
  readonly id: string;
  readonly label: string;
  readonly children: ReactNode;
}) {
  return (
    <div className="row" data-control={id}>
      <div className="caption">
        <label htmlFor={id}>{label}</label>
      </div>
      {children}
    </div>
  );
}
