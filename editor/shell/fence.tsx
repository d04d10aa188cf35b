// What somebody sees where a part of a page has fallen: what happened, and a way on. Without it the whole page would be white.
import { Component, type ReactNode } from 'react';
import { Trouble } from '../pages/trouble.tsx';

interface Props {
  readonly children: ReactNode;
}

/** Goes up again when it gets another `key`, or when somebody tries once more. */
export class Fence extends Component<Props, { readonly error: Error | undefined }> {
  override state: { readonly error: Error | undefined } = { error: undefined };

  static getDerivedStateFromError(error: unknown): { readonly error: Error } {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return <Trouble error={error} again={() => this.setState({ error: undefined })} />;
  }
}
