import "@mantine/core/styles/Radio.css";
import { Button, Group, Paper, SegmentedControl, Text } from "@mantine/core";
import { IconUserPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { useSearchParams } from "wouter";
import { Page } from "~/app/Page";
import { PeopleQuery } from "~/customer/people/operations";
import classes from "~/customer/people/People.module.css";
import { PersonLine } from "~/customer/people/PersonLine";
import { InvitePerson } from "~/people/InvitePerson";
import { EmptyState } from "~/ui/EmptyState";
import { PageTurner, useTurner } from "~/ui/PageTurner";

const STATES = ["ACTIVE", "INVITED", "LEFT"] as const;

/** Who belongs to the account; whoever may, invites, changes and removes. */
export function PeoplePage() {
  const t = useTranslations("customerPeople");
  const people = useTranslations("people");
  const [search, setSearch] = useSearchParams();
  const [isInviting, setInviting] = useState(false);
  const state = STATES.find((each) => each.toLowerCase() === search.get("state")) ?? null;
  const turner = useTurner(state ?? "");

  return (
    <Page
      title={t("title")}
      query={PeopleQuery}
      variables={{ state, after: turner.after }}
      find={({ viewer }) => (viewer?.account === null || viewer?.account === undefined ? null : { viewer, account: viewer.account })}
    >
      {({ viewer, account: { id, members } }) => {
        const canChange = viewer.permissions.includes("people:write");
        return (
          <>
            <Group justify="space-between" mb="md">
              <SegmentedControl
                aria-label={t("which")}
                value={state ?? ""}
                onChange={(chosen) => setSearch(chosen === "" ? {} : { state: chosen.toLowerCase() })}
                data={[{ value: "", label: t("all") }, ...STATES.map((each) => ({ value: each, label: t(`states.${each}`) }))]}
              />
              {canChange && (
                <Button leftSection={<IconUserPlus size={16} aria-hidden />} onClick={() => setInviting(true)}>
                  {people("invite")}
                </Button>
              )}
            </Group>
            <Paper withBorder px="md">
              {members.nodes.length === 0 ? (
                <EmptyState title={t("nobody")}>{canChange ? t("nobodyText") : undefined}</EmptyState>
              ) : (
                <ul className={classes.list}>
                  {members.nodes.map((member) => (
                    <PersonLine
                      key={member.id}
                      member={member}
                      accountId={id}
                      isSelf={member.person?.id === viewer.person?.id}
                      canChange={canChange}
                    />
                  ))}
                </ul>
              )}
            </Paper>
            <Group justify="space-between" mt="sm">
              <Text size="sm" c="dimmed">
                {t("count", { count: members.totalCount })}
              </Text>
              <PageTurner turner={turner} pageInfo={members.pageInfo} />
            </Group>
            {isInviting && <InvitePerson accountId={id} onClose={() => setInviting(false)} />}
          </>
        );
      }}
    </Page>
  );
}
