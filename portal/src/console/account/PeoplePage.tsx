import { Badge, Button, Table, Text } from "@mantine/core";
import { useState } from "react";
import { useNow, useTranslations } from "use-intl";
import { useFormatter } from "~/app/format";
import { AccountPage, useAccountVariables } from "~/console/account/AccountPage";
import { AccountPeople } from "~/console/account/operations";
import { EmptyState } from "~/ui/EmptyState";

const PAGE = 50;
/** The API's largest page. */
const MOST = 100;

/** Who belongs to an account: role, champion, last seen. */
export function PeoplePage() {
  const t = useTranslations("consoleAccount");
  const format = useFormatter();
  const now = useNow();
  const [first, setFirst] = useState(PAGE);
  const variables = { ...useAccountVariables(), first, after: null };
  return (
    <AccountPage tab="people" query={AccountPeople} variables={variables} find={(data) => data.account}>
      {({ members }) =>
        members.nodes.length === 0 ? (
          <EmptyState title={t("nobodyYet")} />
        ) : (
          <>
            <Text size="sm" c="dimmed" mb="xs">
              {t("peopleCount", { count: members.totalCount })}
            </Text>
            <Table.ScrollContainer minWidth={560}>
              <Table>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("person")}</Table.Th>
                    <Table.Th>{t("role")}</Table.Th>
                    <Table.Th>{t("state")}</Table.Th>
                    <Table.Th>{t("lastSeen")}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {members.nodes.map(({ id, person, role, state, title, isChampion, lastSeenAt }) => (
                    <Table.Tr key={id}>
                      <Table.Td>
                        <Text size="sm" fw={600}>
                          {person?.displayName}{" "}
                          {isChampion && (
                            <Badge size="xs" variant="light" tt="none">
                              {t("champion")}
                            </Badge>
                          )}
                        </Text>
                        <Text size="xs" c="dimmed">
                          {[title, person?.email].filter((each) => each != null).join(" · ")}
                        </Text>
                      </Table.Td>
                      <Table.Td>{t(`roles.${role}`)}</Table.Td>
                      <Table.Td>{t(`memberStates.${state}`)}</Table.Td>
                      <Table.Td>{lastSeenAt === null ? t("never") : format.relativeTime(new Date(lastSeenAt), now)}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
            {members.pageInfo.hasNextPage && first < MOST && (
              <Button variant="default" mt="sm" onClick={() => setFirst(MOST)}>
                {t("more")}
              </Button>
            )}
          </>
        )
      }
    </AccountPage>
  );
}
