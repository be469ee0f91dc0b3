import { Suspense, lazy, useEffect, type ComponentType } from "react";
import { Route, Switch, useLocation } from "wouter";
import { NotFound } from "~/ui/NotFound";
import { PageSkeleton } from "~/ui/PageSkeleton";

/** Pages by the pattern of their address. */
export type Pages = Record<string, ComponentType>;

/** A page that is fetched when it is gone to: `later(() => import("…"), "PeoplePage")`. */
export const later = <Name extends string>(load: () => Promise<Record<Name, ComponentType>>, name: Name) =>
  lazy(() => load().then((module) => ({ default: module[name] })));

/** The page of the address; `useParams()` has what its pattern names. */
export function Routes({ pages }: { pages: Pages }) {
  const [address] = useLocation();
  // A new page begins at its top; the browser restores the place where somebody goes back.
  useEffect(() => {
    window.scrollTo(0, 0);
  }, [address]);
  return (
    <Suspense fallback={<PageSkeleton />}>
      <Switch>
        {Object.entries(pages).map(([path, Content]) => (
          <Route key={path} path={path}>
            <Content />
          </Route>
        ))}
        <Route>
          <NotFound />
        </Route>
      </Switch>
    </Suspense>
  );
}
