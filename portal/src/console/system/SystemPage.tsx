import { Tabs } from "@mantine/core";
import type { ReactNode } from "react";
import type { AnyVariables, TypedDocumentNode } from "urql";
import { useTranslations } from "use-intl";
import { useLocation } from "wouter";
import { Page } from "~/app/Page";
import { SYSTEM_TABS } from "~/console/places";

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
  const [, go] = useLocation();
  return (
    <Page title={t(`tabs.${tab}`)} query={query} variables={variables} find={find}>
      {(found, again) => (
        <Tabs value={tab} onChange={(next) => next !== null && go(`/system/${next}`)} activateTabWithKeyboard={false}>
          <Tabs.List>
            {SYSTEM_TABS.map((each) => (
              <Tabs.Tab key={each} value={each}>
                {t(`tabs.${each}`)}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          <Tabs.Panel value={tab} pt="md">
            {children(found, again)}
          </Tabs.Panel>
        </Tabs>
      )}
    </Page>
  );
}
