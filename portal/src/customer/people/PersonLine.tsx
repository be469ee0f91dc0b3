import { Avatar, Badge, Group, Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import { graphql, type FragmentOf } from "~/api/graphql";
import { useFormatter } from "~/app/format";
import { PersonMenu } from "~/customer/people/PersonMenu";
import classes from "~/customer/people/People.module.css";
import { noonOf } from "~/ui/days";

export const personLine = graphql(`
  fragment PersonLine on Member {
    id
    role
    state
    title
    joinedOn
    leftOn
    lastSeenAt
    person {
      id
      displayName
      email
    }
  }
`);

export type PersonData = FragmentOf<typeof personLine>;

type Props = { member: PersonData; accountId: string; isSelf: boolean; canChange: boolean };

/** One person of the account: who they are, what they may do, when they were here last. */
export function PersonLine({ member, accountId, isSelf, canChange }: Props) {
  const t = useTranslations("customerPeople");
  const people = useTranslations("people");
  const format = useFormatter();
  const name = member.person?.displayName ?? "";
  const day = (date: string) => format.dateTime(noonOf(date), "day");

  const when = () => {
    if (member.state === "LEFT") return member.leftOn === null ? t("left") : t("leftOn", { day: day(member.leftOn) });
    if (member.state === "INVITED") return t("invitedOn", { day: day(member.joinedOn) });
    return member.lastSeenAt === null ? t("neverSeen") : t("seen", { when: format.relativeTime(new Date(member.lastSeenAt), new Date()) });
  };

  return (
    <li className={classes.line}>
      <Avatar name={name} color="initials" alt="" />
      <div className={classes.who}>
        <Group gap="xs">
          <Text fw={600} size="sm">
            {name}
          </Text>
          {isSelf && <Badge size="xs">{t("you")}</Badge>}
          {member.state !== "ACTIVE" && (
            <Badge size="xs" variant="light" color="gray">
              {t(`states.${member.state}`)}
            </Badge>
          )}
        </Group>
        <Text size="sm" c="dimmed" className={classes.long}>
          {[member.title, member.person?.email].filter(Boolean).join(" · ")}
        </Text>
        <Text size="xs" c="dimmed">
          {when()}
        </Text>
      </div>
      <Text size="sm" className={classes.role}>
        {people(`roles.${member.role}.name`)}
      </Text>
      {canChange && member.state !== "LEFT" ? <PersonMenu member={member} accountId={accountId} isSelf={isSelf} /> : <span />}
    </li>
  );
}
