import { Button, Group } from "@mantine/core";
import { useState } from "react";
import { useTranslations } from "use-intl";

type Turner = { after: string | null; isFirst: boolean; next: (cursor: string) => void; back: () => void };

/** Where in a list the reader is: the cursors of the pages before. A list that is another (`of`) begins at its first page. */
export function useTurner(of: string): Turner {
  const [place, setPlace] = useState<{ of: string; cursors: string[] }>({ of, cursors: [] });
  const cursors = place.of === of ? place.cursors : [];
  return {
    after: cursors.at(-1) ?? null,
    isFirst: cursors.length === 0,
    next: (cursor) => setPlace({ of, cursors: [...cursors, cursor] }),
    back: () => setPlace({ of, cursors: cursors.slice(0, -1) }),
  };
}

type Props = { turner: Turner; pageInfo: { hasNextPage: boolean; endCursor: string | null } };

/** One page on, or back; nothing where the list has a single page. */
export function PageTurner({ turner, pageInfo }: Props) {
  const t = useTranslations("shared.turner");
  const { hasNextPage, endCursor } = pageInfo;
  if (turner.isFirst && !hasNextPage) return null;
  return (
    <Group gap="xs" component="nav" aria-label={t("label")}>
      <Button variant="default" size="compact-md" disabled={turner.isFirst} onClick={turner.back}>
        {t("back")}
      </Button>
      <Button
        variant="default"
        size="compact-md"
        disabled={!hasNextPage || endCursor === null}
        onClick={() => endCursor !== null && turner.next(endCursor)}
      >
        {t("next")}
      </Button>
    </Group>
  );
}
