import { Badge, Group, Table, Text } from "@mantine/core";
import { useNow, useTranslations } from "use-intl";
import { useFormatter } from "~/app/format";
import { AccountPage, useAccountVariables } from "~/console/account/AccountPage";
import { Invite } from "~/console/account/Invite";
import { AccountPeople } from "~/console/account/operations";
import { useMay } from "~/console/useMay";
import { EmptyState } from "~/ui/EmptyState";
import { PageTurner, useTurner } from "~/ui/PageTurner";

const PAGE = 50;

/** Who belongs to an account: role, champion, when they last signed in. */
export function PeoplePage() {
  const t = useTranslations("consoleAccount");
  const format = useFormatter();
  const now = useNow();
  const account = useAccountVariables();
  const turner = useTurner(account.id);
  const mayInvite = useMay()("people:write");
  const variables = { ...account, first: PAGE, after: turner.after };
  return (
    <AccountPage
      tab="people"
      query={AccountPeople}
      variables={variables}
      find={(data) => data.account}
    >
      {({ id: accountId, members }, again) =>
        members.nodes.length === 0 ? (
          <EmptyState title={t("nobodyYet")} action={mayInvite && <Invite accountId={accountId} onInvited={again} />} />
        ) : (
          <>
            <Group justify="space-between" mb="xs">
              <Text size="sm" c="dimmed">
                {t("peopleCount", { count: members.totalCount })}
              </Text>
              {mayInvite && <Invite accountId={accountId} onInvited={again} />}
            </Group>
            <Table.ScrollContainer minWidth={560} mb="sm">
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
            <PageTurner turner={turner} pageInfo={members.pageInfo} />
          </>
        )
      }
    </AccountPage>
  );
}
