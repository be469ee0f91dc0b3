import { Component, type ReactNode } from "react";
import { ErrorState } from "~/ui/ErrorState";

type Props = { children: ReactNode };
type State = { hasFailed: boolean };

/** What is shown in place of a part that failed in a way nobody foresaw. One stands around the page, one around its content. */
export class Crash extends Component<Props, State> {
  override state: State = { hasFailed: false };

  static getDerivedStateFromError(): State {
    return { hasFailed: true };
  }

  override render() {
    if (this.state.hasFailed) return <ErrorState code="CRASH" onRetry={() => window.location.reload()} />;
    return this.props.children;
  }
}
