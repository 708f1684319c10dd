import { Component, type ReactNode } from 'react';

/** A part that cannot be loaded, as from a server that was renewed since, takes nothing else of the page with it. */
export class Boundary extends Component<{ readonly children: ReactNode }, { readonly hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override render() {
    if (!this.state.hasFailed) return this.props.children;
    return (
      <div className="opening" role="alert">
        <p>This part of the page could not be loaded.</p>
        <button type="button" className="button" onClick={() => location.reload()}>
          Load the page again
        </button>
      </div>
    );
  }
}
