// Catches a fault of the pages themselves: says that nothing is lost, and what to do.
import { Component } from 'react';
import type { ReactNode } from 'react';
import { Button } from '../ui/Button.tsx';
import { Message } from './Messages.tsx';

/** Wraps everything; React asks for a class here. */
export class CrashBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <Message title="This page stopped working" action={<Button look="primary" onPress={() => location.reload()}>Reload the page</Button>}>
        Your cluster, your shells and your progress are on the server and were not touched.
      </Message>
    );
  }
}
