import { Anchor, Badge, Box, Group, Text } from "@mantine/core";
import { useState } from "react";
import { useQuery } from "urql";
import { useTranslations } from "use-intl";
import { Link } from "wouter";
import { codeOf } from "~/api/client";
import type { ResultOf } from "~/api/graphql";
import { AllMemberships, type PeopleList } from "~/console/people/operations";
import { wordedCode } from "~/ui/ErrorState";
import { useKeptFocus } from "~/ui/useKeptFocus";

/** Somebody as the list of people has them. */
export type Person = ResultOf<typeof PeopleList>["people"]["nodes"][number];

/** The memberships of a person that a page came with, and all of them once they are asked for. */
export function useMemberships(person: Person) {
  const [isAsked, setAsked] = useState(false);
  const [{ data, error, fetching }, execute] = useQuery({ query: AllMemberships, variables: { id: person.id }, pause: !isAsked });
  const all = data?.node != null && "memberships" in data.node ? data.node.memberships : undefined;
  return {
    memberships: all ?? person.memberships,
    isAll: all !== undefined,
    ask: () => (isAsked ? execute({ requestPolicy: "network-only" }) : setAsked(true)),
    isAsking: fetching,
    code: error === undefined || all !== undefined ? undefined : codeOf(error),
  };
}

type Props = ReturnType<typeof useMemberships>;

/** The accounts that a person belongs or belonged to, with what the person is there. */
export function Memberships({ memberships: { nodes, totalCount }, isAll, ask, isAsking, code }: Props) {
  const t = useTranslations("consolePeople");
  const account = useTranslations("consoleAccount");
  const errors = useTranslations("shared.errors");
  const focus = useKeptFocus();
  const more = t("more", { count: totalCount - nodes.length });
  if (nodes.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("noAccount")}
      </Text>
    );
  }
  return (
    <Box {...focus}>
      {nodes.map(({ id, account: where, role, state, title, isChampion }) => (
        <Group key={id} gap="xs">
          <Anchor component={Link} href={`/accounts/${where?.id ?? ""}/people`} size="sm">
            {where?.name}
          </Anchor>
          <Text size="xs" c="dimmed">
            {[title, account(`roles.${role}`), state === "ACTIVE" ? null : account(`memberStates.${state}`)].filter((each) => each !== null).join(" · ")}
          </Text>
          {isChampion && (
            <Badge size="xs" variant="light" tt="none">
              {t("champion")}
            </Badge>
          )}
        </Group>
      ))}
      {totalCount > nodes.length && (
        <Group gap="xs">
          {isAll ? (
            <Text size="xs" c="dimmed">
              {more}
            </Text>
          ) : (
            <Anchor component="button" type="button" size="xs" onClick={ask} aria-busy={isAsking}>
              {more}
            </Anchor>
          )}
          {code !== undefined && (
            <Text size="xs" c="var(--mantine-color-error)" role="alert">
              {errors(`${wordedCode(code)}.title`)}
            </Text>
          )}
        </Group>
      )}
    </Box>
  );
}
