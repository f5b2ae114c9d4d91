// SPDX-License-Identifier: Apache-2.0
import { Component, type ReactNode } from "react";
import { Button } from "./Button.tsx";

/** A page that fails says so, instead of leaving a white window. */
export class Trouble extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <main className="trouble" role="alert">
        <h1>This page has failed.</h1>
        <p>Nothing was decided or changed by that. It may also be that the server was updated meanwhile.</p>
        <Button look="primary" onClick={() => location.reload()}>
          Load it again
        </Button>
      </main>
    );
  }
}
