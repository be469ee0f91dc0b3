import { Anchor, Progress, Stack, Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import { Link } from "wouter";
import { graphql, type FragmentOf } from "~/api/graphql";
import { useFormatter } from "~/app/format";
import { noonOf } from "~/ui/days";

export const active = graphql(`
  fragment Active on PeopleActive {
    active
    seats
    since
  }
`);

type Props = { people: FragmentOf<typeof active>; hasPeoplePage: boolean };

/** How many of the account's people use the product, of the seats where seats are sold. */
export function PeopleActive({ people: { active: count, seats, since }, hasPeoplePage }: Props) {
  const t = useTranslations("customerHome");
  const format = useFormatter();
  return (
    <Stack gap="xs">
      <Text size="xl" fw={650}>
        {seats === null ? t("active", { count }) : t("activeOfSeats", { count, seats })}
      </Text>
      {seats !== null && seats > 0 && <Progress value={Math.min(100, Math.round((count / seats) * 100))} aria-label={t("people")} />}
      <Text size="sm" c="dimmed">
        {t("since", { day: format.dateTime(noonOf(since), "dayOfYear") })}
      </Text>
      {hasPeoplePage && (
        <Anchor component={Link} href="/people" size="sm">
          {t("seePeople")}
        </Anchor>
      )}
    </Stack>
  );
}
