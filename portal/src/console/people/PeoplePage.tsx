import { Anchor, Badge, Group, Stack, Table, Text } from "@mantine/core";
import { useNow, useTranslations } from "use-intl";
import { Link, useSearchParams } from "wouter";
import type { ResultOf } from "~/api/graphql";
import { Page } from "~/app/Page";
import { useFormatter } from "~/app/format";
import { AccountsTabs } from "~/console/accounts/AccountsTabs";
import { PeopleList } from "~/console/people/operations";
import { EmptyState } from "~/ui/EmptyState";
import { ListFoot } from "~/ui/ListFoot";
import { useTurner } from "~/ui/PageTurner";
import { SearchField } from "~/ui/SearchField";

type Person = ResultOf<typeof PeopleList>["people"]["nodes"][number];

/** Everybody who belongs or belonged to an account, with the accounts beside them. What is searched for stands in the address. */
export function PeoplePage() {
  const t = useTranslations("consolePeople");
  const [parameters, setParameters] = useSearchParams();
  const text = parameters.get("text") ?? "";
  const turner = useTurner(text);
  return (
    <Page title={t("title")} query={PeopleList} variables={{ text: text === "" ? null : text, after: turner.after }} find={(data) => data.people}>
      {({ nodes, totalCount, totalCountIsCapped, pageInfo }) => (
        <AccountsTabs tab="people">
          <Stack>
            <Group>
              <SearchField label={t("search")} text={text} onSearch={(next) => setParameters(next === "" ? {} : { text: next })} />
            </Group>
            {nodes.length === 0 ? (
              <EmptyState title={t(text === "" ? "none" : "noneFound")}>{t(text === "" ? "noneText" : "noneFoundText")}</EmptyState>
            ) : (
              <Table.ScrollContainer minWidth={560}>
                <Table>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>{t("person")}</Table.Th>
                      <Table.Th>{t("accounts")}</Table.Th>
                      <Table.Th>{t("lastSeen")}</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {nodes.map((person) => (
                      <Line key={person.id} person={person} />
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
            )}
            <ListFoot count={t(totalCountIsCapped ? "countCapped" : "count", { count: totalCount })} turner={turner} pageInfo={pageInfo} />
          </Stack>
        </AccountsTabs>
      )}
    </Page>
  );
}

function Line({ person: { displayName, email, memberships } }: { person: Person }) {
  const t = useTranslations("consolePeople");
  const account = useTranslations("consoleAccount");
  const format = useFormatter();
  const now = useNow();
  const seen = memberships.nodes.flatMap(({ lastSeenAt }) => (lastSeenAt === null ? [] : [lastSeenAt])).toSorted().at(-1);
  return (
    <Table.Tr>
      <Table.Td>
        <Text size="sm" fw={600}>
          {displayName}
        </Text>
        {email !== displayName && (
          <Text size="xs" c="dimmed">
            {email}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        {memberships.nodes.length === 0 && (
          <Text size="sm" c="dimmed">
            {t("noAccount")}
          </Text>
        )}
        {memberships.nodes.map(({ id, account: where, role, state, title, isChampion }) => (
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
        {memberships.totalCount > memberships.nodes.length && (
          <Text size="xs" c="dimmed">
            {t("more", { count: memberships.totalCount - memberships.nodes.length })}
          </Text>
        )}
      </Table.Td>
      <Table.Td>{seen === undefined ? account("never") : format.relativeTime(new Date(seen), now)}</Table.Td>
    </Table.Tr>
  );
}
