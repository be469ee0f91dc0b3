import { Group, Stack, Table, Text } from "@mantine/core";
import { useNow, useTranslations } from "use-intl";
import { useSearchParams } from "wouter";
import { Page } from "~/app/Page";
import { useFormatter } from "~/app/format";
import { AccountsTabs } from "~/console/accounts/AccountsTabs";
import { Memberships, useMemberships, type Person } from "~/console/people/Memberships";
import { PeopleList } from "~/console/people/operations";
import { EmptyState } from "~/ui/EmptyState";
import { ListFoot } from "~/ui/ListFoot";
import { useTurner } from "~/ui/PageTurner";
import { SearchField } from "~/ui/SearchField";

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

function Line({ person }: { person: Person }) {
  const account = useTranslations("consoleAccount");
  const format = useFormatter();
  const now = useNow();
  const shown = useMemberships(person);
  const seen = shown.memberships.nodes.flatMap(({ lastSeenAt }) => (lastSeenAt === null ? [] : [lastSeenAt])).toSorted().at(-1);
  return (
    <Table.Tr>
      <Table.Td>
        <Text size="sm" fw={600}>
          {person.displayName}
        </Text>
        {person.email !== person.displayName && (
          <Text size="xs" c="dimmed">
            {person.email}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Memberships {...shown} />
      </Table.Td>
      <Table.Td>{seen === undefined ? account("never") : format.relativeTime(new Date(seen), now)}</Table.Td>
    </Table.Tr>
  );
}
