import { useState } from "react";
import { useQuery } from "urql";
import { useTranslations } from "use-intl";
import { useLocation, useSearchParams } from "wouter";
import { Alert, Box, Stack } from "@mantine/core";
import { Page } from "~/app/Page";
import { Builder } from "~/console/accounts/Builder";
import { filterIn, type AccountFilter } from "~/console/accounts/filter";
import { VocabularyQuery } from "~/console/accounts/operations";
import { Refused } from "~/console/accounts/Refused";
import type { Way } from "~/console/portfolio/facets";
import { PortfolioQuery } from "~/console/portfolio/operations";
import { Summary } from "~/console/portfolio/Summary";
import { useMay } from "~/console/useMay";

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
  const given = text === null ? CUSTOMERS : filterIn(text);
  const filter = given ?? CUSTOMERS;
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

  const may = useMay();

  const builder = <Builder filter={filter} vocabulary={vocabulary ?? {}} onChange={(to) => change({ filter: to })} />;

  return (
    <Page
      title={t("title")}
      query={PortfolioQuery}
      variables={variables}
      find={(data) => data}
      refused={(message) => (
        <Refused message={message} onClear={() => change({ filter: CUSTOMERS })}>
          {() => builder}
        </Refused>
      )}
    >
      {({ chosen }, _again, isStale) => (
        <Stack>
          {builder}
          {given === undefined && <Alert color="orange">{t("unreadable")}</Alert>}
          <Box opacity={isStale ? 0.55 : 1} aria-busy={isStale}>
            <Summary portfolio={chosen} seesSources={may("system:read")} filter={filter} by={by} onBy={(way) => change({ by: way })} />
          </Box>
        </Stack>
      )}
    </Page>
  );
}
