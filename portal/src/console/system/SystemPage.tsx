import type { ReactNode } from "react";
import type { AnyVariables, TypedDocumentNode } from "urql";
import { useTranslations } from "use-intl";
import { Page } from "~/app/Page";
import { SYSTEM_TABS } from "~/console/places";
import { LinkTabs } from "~/ui/LinkTabs";

type Props<Data, Variables extends AnyVariables, Found> = {
  tab: (typeof SYSTEM_TABS)[number];
  query: TypedDocumentNode<Data, Variables>;
  variables: Variables;
  find: (data: Data) => Found;
  children: (found: NonNullable<Found>, again: () => void) => ReactNode;
};

/** A page about the running of this Waymark: the tabs of System, and the content of one of them. */
export function SystemPage<Data, Variables extends AnyVariables, Found>(props: Props<Data, Variables, Found>) {
  const { tab, query, variables, find, children } = props;
  const t = useTranslations("consoleSystem");
  const places = useTranslations("console");
  return (
    <Page title={t(`tabs.${tab}`)} query={query} variables={variables} find={find}>
      {(found, again) => (
        <>
          <LinkTabs label={places("system")} tabs={SYSTEM_TABS.map((each) => ({ to: `/system/${each}`, name: t(`tabs.${each}`) }))} here={`/system/${tab}`} />
          {children(found, again)}
        </>
      )}
    </Page>
  );
}
