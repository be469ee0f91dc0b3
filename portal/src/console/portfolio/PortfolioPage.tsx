import { useState } from "react";
import { useQuery } from "urql";
import { useTranslations } from "use-intl";
import { useLocation, useSearchParams } from "wouter";
import { Stack } from "@mantine/core";
import { Page } from "~/app/Page";
import { Builder } from "~/console/accounts/Builder";
import { filterIn, type AccountFilter } from "~/console/accounts/filter";
import { VocabularyQuery } from "~/console/accounts/operations";
import type { Way } from "~/console/portfolio/facets";
import { PortfolioQuery } from "~/console/portfolio/operations";
import { Summary } from "~/console/portfolio/Summary";

const WAYS: Way[] = ["tier", "industry", "csmId"];
/** Without a filter in the address: all who are customers. */
const CUSTOMERS: AccountFilter = { churnedOn: { isNull: true } };

/** All accounts, or those of a filter, summed up: how much is at risk, where, and what moved. */
export function PortfolioPage() {
  const t = useTranslations("consolePortfolio");
  const [parameters] = useSearchParams();
  const [, go] = useLocation();
  const address = parameters.toString();
  const [first] = useState(address);
  const text = parameters.get("filter");
  const filter = (text === null ? undefined : filterIn(text)) ?? CUSTOMERS;
  const by = WAYS.find((each) => each === parameters.get("by")) ?? "tier";
  const [{ data: vocabulary }] = useQuery({ query: VocabularyQuery, requestPolicy: "cache-only" });

  const change = (to: { filter?: AccountFilter; by?: Way }) => {
    const parts = new URLSearchParams();
    const next = to.filter ?? filter;
    if (JSON.stringify(next) !== JSON.stringify(CUSTOMERS)) parts.set("filter", JSON.stringify(next));
    if ((to.by ?? by) !== "tier") parts.set("by", to.by ?? by);
    go(parts.size === 0 ? "/portfolio" : `/portfolio?${parts.toString()}`);
  };
  const variables = { filter, isFirst: address === first, byTier: by === "tier", byIndustry: by === "industry", byCsm: by === "csmId" };

  return (
    <Page title={t("title")} query={PortfolioQuery} variables={variables} find={(data) => data}>
      {({ chosen, viewer }) => (
        <Stack>
          <Builder filter={filter} vocabulary={vocabulary ?? {}} onChange={(to) => change({ filter: to })} />
          <Summary portfolio={chosen} seesSources={viewer?.permissions.includes("system:read") === true} filter={filter} by={by} onBy={(way) => change({ by: way })} />
        </Stack>
      )}
    </Page>
  );
}
