import { SimpleGrid, Skeleton, Stack } from "@mantine/core";
import { useTranslations } from "use-intl";

/** The shape of a page that is on its way. */
export function PageSkeleton({ cards = 4 }: { cards?: number }) {
  const t = useTranslations("shared");
  return (
    <Stack gap="md" role="status" aria-label={t("loading")} aria-busy>
      <Skeleton height={34} width="45%" />
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        {Array.from({ length: cards }, (_, number) => (
          <Skeleton key={number} height={150} radius="md" />
        ))}
      </SimpleGrid>
    </Stack>
  );
}
