import { Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslations } from "use-intl";
import type { ResultOf } from "~/api/graphql";
import { Page } from "~/app/Page";
import { useFormatter } from "~/app/format";
import { Effect } from "~/console/programs/Effect";
import { LeavesForm } from "~/console/programs/LeavesForm";
import { PreviewHealthModel, ProgramsHealth } from "~/console/programs/operations";
import { ProgramsTabs } from "~/console/programs/ProgramsTabs";
import { EmptyState } from "~/ui/EmptyState";

export type Model = ResultOf<typeof ProgramsHealth>["healthModelVersions"]["nodes"][number];
export type Preview = NonNullable<NonNullable<ResultOf<typeof PreviewHealthModel>["previewHealthModel"]>["preview"]>;

/** The health model that scores now; weights and anchors can be tried on the portfolio, and drafted as program files. */
export function HealthModelPage() {
  const t = useTranslations("consolePrograms");
  const format = useFormatter();
  const [preview, setPreview] = useState<Preview>();
  return (
    <Page title={t("title")} query={ProgramsHealth} variables={{}} find={({ healthModelVersions }) => healthModelVersions}>
      {({ nodes: [model] }) => (
        <ProgramsTabs tab="health">
          {model === undefined ? (
            <EmptyState title={t("none")}>{t("noneText")}</EmptyState>
          ) : (
            <Stack>
              <Text size="sm" c="dimmed">
                {t("version", { version: model.version, by: model.appliedBy, at: format.dateTime(new Date(model.appliedAt), "day") })}
              </Text>
              <LeavesForm key={model.version} model={model} onPreview={setPreview} />
              {preview !== undefined && <Effect preview={preview} />}
            </Stack>
          )}
        </ProgramsTabs>
      )}
    </Page>
  );
}
