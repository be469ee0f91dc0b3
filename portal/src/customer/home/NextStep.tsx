import { Button, Stack, Text } from "@mantine/core";
import { IconArrowRight } from "@tabler/icons-react";
import { useTranslations } from "use-intl";
import { Link } from "wouter";
import { graphql, type FragmentOf } from "~/api/graphql";
import { useFormatter } from "~/app/format";

export const nextStep = graphql(`
  fragment NextStep on NextAction {
    key
    factorKey
    title
    body
    who
    link
    gain
    wordsAfter
    improvesBand
  }
`);

export type NextStepData = FragmentOf<typeof nextStep>;

type Props = { step: NextStepData; isFirst?: boolean };

/** Something that the account's people can do: how, who, what it gains, and the way there. */
export function NextStep({ step, isFirst = false }: Props) {
  const t = useTranslations("customerHome");
  const format = useFormatter();
  const { title, body, who, gain, improvesBand, wordsAfter } = step;
  const gained = gain === null ? undefined : t("gain", { points: format.number(gain, "points") });
  const reached = improvesBand ? t("reached", { words: wordsAfter }) : undefined;
  const worth = gained !== undefined && reached !== undefined ? t("gainAndReached", { gained, reached }) : (gained ?? reached);

  return (
    <Stack gap={4}>
      <Text fw={650}>{title}</Text>
      <Text size="sm">{body}</Text>
      <Text size="sm" c="dimmed">
        {t("who", { who })}
      </Text>
      {worth !== undefined && (
        <Text size="sm" fw={600} c="var(--mantine-primary-color-light-color)">
          {worth}
        </Text>
      )}
      <Way step={step} isFirst={isFirst} />
    </Stack>
  );
}

/** To a page of the portal, or to an address of the company's. The first of several is the page's primary action. */
function Way({ step: { link, title }, isFirst }: { step: NextStepData; isFirst: boolean }) {
  const t = useTranslations("customerHome");
  if (link === null) return null;
  const looks = {
    "aria-label": t("doThis", { title }),
    mt: "xs",
    w: "fit-content",
    variant: isFirst ? "filled" : "default",
    size: isFirst ? "sm" : "compact-sm",
    rightSection: <IconArrowRight size={16} aria-hidden />,
  };
  return link.startsWith("/") ? (
    <Button component={Link} href={link} {...looks}>
      {t("go")}
    </Button>
  ) : (
    <Button component="a" href={link} target="_blank" rel="noreferrer" {...looks}>
      {t("go")}
    </Button>
  );
}
