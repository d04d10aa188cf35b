// A page that is read from top to bottom: the bar, and what belongs to the page. Not the desk, which fills the window.
import type { ReactNode } from 'react';
import { Bar } from './bar.tsx';

export function Frame({
  className,
  children,
}: {
  readonly className?: string;
  readonly children: ReactNode;
}) {
  return (
    <>
      <Bar />
      <main className={`page${className === undefined ? '' : ` ${className}`}`}>{children}</main>
    </>
  );
}
