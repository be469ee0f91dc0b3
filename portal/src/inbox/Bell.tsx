import { ActionIcon, Indicator } from "@mantine/core";
import { IconBell } from "@tabler/icons-react";
import { useClient, useSubscription, type Client } from "urql";
import { useTranslations } from "use-intl";
import { Link } from "wouter";
import { useIsAtRest } from "~/app/idle";
import { NotificationMoved, UnreadQuery } from "~/inbox/operations";
import { useReturn } from "~/ui/useReturn";

/** A count of more figures would hide the bell. */
const MOST = 99;

const ask = (client: Client) => client.query(UnreadQuery, {}, { requestPolicy: "network-only" }).toPromise();

/** The way to the inbox, with how much in it is new: as it changes, and where that is not told, when the reader comes back. */
export function Bell({ count }: { count: number }) {
  const t = useTranslations("inbox");
  const client = useClient();
  // Nothing that the page needs waits for this.
  const isAtRest = useIsAtRest();

  useSubscription({ query: NotificationMoved, pause: !isAtRest }, (_, news) => {
    void ask(client);
    return news;
  });
  useReturn(() => void ask(client));

  return (
    <Indicator label={count > MOST ? `${MOST}+` : count} disabled={count === 0} size={16} offset={7} aria-hidden={false}>
      <ActionIcon component={Link} href="/notifications" variant="subtle" color="gray" size="lg" aria-label={t("bell", { count })}>
        <IconBell size={20} stroke={1.6} aria-hidden />
      </ActionIcon>
    </Indicator>
  );
}
