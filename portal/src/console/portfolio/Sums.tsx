import { Text } from "@mantine/core";
import { Fragment } from "react";
import { Amount, type Money } from "~/ui/Amount";

/** Sums of money, one a currency: they are not added, since no rate of exchange is known. */
export function Sums({ sums, isDimmed = false }: { sums: Money[]; isDimmed?: boolean }) {
  const all = sums.filter(({ amountMinor }, at) => amountMinor !== 0 || at === 0);
  const text = all.map((money, at) => (
    <Fragment key={money.currencyCode}>
      {at > 0 && " + "}
      <Amount money={money} isShort />
    </Fragment>
  ));
  if (!isDimmed) return <>{text}</>;
  return (
    <Text span size="sm" c="dimmed">
      {text}
    </Text>
  );
}
