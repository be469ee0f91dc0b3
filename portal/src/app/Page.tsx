import { Title, type TitleProps } from "@mantine/core";
import { useDeferredValue, useEffect, useRef, useState, type ReactNode } from "react";
import { useQuery, type AnyVariables, type TypedDocumentNode } from "urql";
import { codeOf } from "~/api/client";
import { Crash } from "~/app/Crash";
import { noteStands } from "~/app/idle";
import { Missing } from "~/app/Missing";
import { Outdated } from "~/app/Outdated";
import { ErrorState } from "~/ui/ErrorState";
import { PageSkeleton } from "~/ui/PageSkeleton";
import { useTitle } from "~/ui/useTitle";

type Props<Data, Variables extends AnyVariables, Found> = {
  /** Heads the page and names its tab. A function where it is known only with the data. */
  title: string | ((found: NonNullable<Found>) => string);
  /** The page's one operation. It spreads the fragment of its frame. */
  query: TypedDocumentNode<Data, Variables>;
  variables: Variables;
  /** What the page is about; null or undefined when there is none, or none that the reader may see. */
  find: (data: Data) => Found;
  skeleton?: ReactNode;
  /** False where the page heads itself. */
  hasHeading?: boolean;
  /** What stands in place of the content where the API refuses the variables, by its message; by default, that nothing is here. */
  refused?: (message: string) => ReactNode;
  /** `isStale`: whether what was found is still that of the page's former variables, or is being asked for anew. */
  children: (found: NonNullable<Found>, again: () => void, isStale: boolean) => ReactNode;
};

/** Codes of answers after which nothing that was shown before may stay. */
const FINAL = ["FORBIDDEN", "NOT_FOUND", "BAD_USER_INPUT", "UNAUTHENTICATED", "VIEW_OVER"];

/** A page: asks its one operation and shows skeleton, error with a way on, no permission, not found, or its content. */
export function Page<Data, Variables extends AnyVariables, Found>(props: Props<Data, Variables, Found>) {
  const { title, query, variables, find, skeleton, hasHeading = true, refused, children } = props;
  const [answer, execute] = useQuery<Data, Variables>({ query, variables } as Parameters<typeof useQuery<Data, Variables>>[0]);
  // What an answer changes is drawn in pieces, between which the browser answers to the reader.
  const shown = useDeferredValue(answer);
  const { data: fresh, error, fetching, operation } = shown;
  const isStale = answer.fetching || answer.operation?.key !== shown.operation?.key;
  const again = () => execute({ requestPolicy: "network-only" });

  // Asked anew in vain, the page stays with what it showed of the same, and so does what somebody types on it.
  const [kept, keep] = useState<{ of: number | undefined; data: Data }>();
  const code = error === undefined ? undefined : codeOf(error);
  if (fresh != null && fresh !== kept?.data) keep({ of: operation?.key, data: fresh });
  else if (code !== undefined && FINAL.includes(code) && kept !== undefined) keep(undefined);
  const data = fresh ?? (kept?.of === operation?.key ? kept?.data : undefined);

  const found = data === undefined ? undefined : find(data);
  const name = typeof title === "string" ? title : found === undefined || found === null ? "" : title(found);

  if (data === undefined) {
    if (code === undefined || fetching) return <Coming name={name}>{skeleton ?? <PageSkeleton />}</Coming>;
    if (code === "FORBIDDEN") return <Missing reason="noPermission" />;
    if (code === "BAD_USER_INPUT" && refused !== undefined) {
      return (
        <Crash>
          <PageTitle name={name} isShown={hasHeading} />
          {refused(error?.graphQLErrors.map(({ message }) => message).join("\n") ?? "")}
        </Crash>
      );
    }
    if (code === "BAD_USER_INPUT" || code === "NOT_FOUND") return <Missing reason="notFound" />;
    const requestId = error?.graphQLErrors[0]?.extensions?.["requestId"];
    return <ErrorState code={code} {...(typeof requestId === "string" ? { requestId } : {})} onRetry={again} />;
  }
  if (found === undefined || found === null) return <Missing reason="notFound" />;
  return (
    <Crash>
      {fresh == null && code !== undefined && <Outdated code={code} isRetrying={fetching} onRetry={again} />}
      <PageTitle name={name} isShown={hasHeading} />
      {children(found, again, isStale)}
    </Crash>
  );
}

let isFirst = true;

/** Whether nothing has the focus that should keep it: what had it is gone, or is the link or the menu that led to this page. */
const isFocusFree = () => document.activeElement === document.body || document.activeElement?.matches("nav a, [aria-haspopup=menu]") === true;

/** Where a page follows another, its heading takes the focus, so that readers of the screen hear where they are. */
export function PageHeading({ children, ...looks }: TitleProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // The first page leaves it where it is: the way past the places comes first from there.
    if (!isFirst && isFocusFree()) heading.current?.focus({ preventScroll: true });
    isFirst = false;
  }, []);
  return (
    <Title order={1} size="h3" ref={heading} tabIndex={-1} {...looks}>
      {children}
    </Title>
  );
}

/** A page that is on its way. */
function Coming({ name, children }: { name: string; children: ReactNode }) {
  useTitle(name);
  return children;
}

function PageTitle({ name, isShown }: { name: string; isShown: boolean }) {
  useEffect(noteStands, []);
  useTitle(name);
  return isShown ? <PageHeading mb="md">{name}</PageHeading> : null;
}
