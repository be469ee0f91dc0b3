import { Button, Code, Group, Stack, Table, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import type { ResultOf } from "~/api/graphql";
import { IN_PLACE, useChange } from "~/api/useChange";
import { useFormatter } from "~/app/format";
import { ApplicationForm } from "~/console/system/ApplicationForm";
import { RemoveApplication } from "~/console/system/changes/operations";
import { SystemApplications } from "~/console/system/operations";
import { Rows, When } from "~/console/system/Rows";
import { SystemPage } from "~/console/system/SystemPage";
import { useMay } from "~/console/useMay";
import { Confirm } from "~/ui/Confirm";
import { EmptyState } from "~/ui/EmptyState";
import { ListFoot } from "~/ui/ListFoot";
import { useTurner } from "~/ui/PageTurner";

const SHOWN = 50;
/** Waymark's own, which stays. */
const PORTAL = "portal";
export type Application = NonNullable<ResultOf<typeof SystemApplications>["system"]>["applications"]["nodes"][number];

/** The front ends that are built on the API: from where, with which documents, and how much they may ask. */
export function ApplicationsPage() {
  const t = useTranslations("consoleSystem");
  const turner = useTurner("");
  const mayWrite = useMay()("system:write");
  const [isAdding, setAdding] = useState(false);
  return (
    <SystemPage
      tab="applications"
      query={SystemApplications}
      variables={{ first: SHOWN, after: turner.after }}
      find={({ system }) => system?.applications}
    >
      {({ nodes, totalCount, pageInfo }) => (
        <Stack>
          {mayWrite && (
            <Button w="fit-content" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
              {t("applications.new")}
            </Button>
          )}
          {nodes.length === 0 ? (
            <EmptyState title={t("applications.none")}>
              {t.rich("applications.noneText", { code: (text) => <Code>{text}</Code> })}
            </EmptyState>
          ) : (
            <Rows
              label={t("tabs.applications")}
              heads={[t("applications.name"), t("applications.origins"), t("applications.policy"), t("applications.points"), t("applications.released"), ...(mayWrite ? [t("applications.actions")] : [])]}
              minWidth={760}
            >
              {nodes.map((application) => (
                <Line key={application.id} application={application} mayWrite={mayWrite} />
              ))}
            </Rows>
          )}
          <ListFoot count={t("applications.count", { count: totalCount })} turner={turner} pageInfo={pageInfo} />
          {isAdding && <ApplicationForm onClose={() => setAdding(false)} />}
        </Stack>
      )}
    </SystemPage>
  );
}

function Line({ application, mayWrite }: { application: Application; mayWrite: boolean }) {
  const t = useTranslations("consoleSystem.applications");
  const format = useFormatter();
  const remove = useChange(RemoveApplication, IN_PLACE);
  const [asked, setAsked] = useState<"change" | "remove">();
  const { id, name, origins, documentPolicy, pointsPerSecond, documentCount, releasedAt } = application;
  const close = () => setAsked(undefined);
  const removed = () => {
    close();
    notifications.show({ message: t("wasRemoved", { name }) });
  };
  return (
    <Table.Tr>
      <Table.Td>
        <Text size="sm" fw={600}>
          {name}
        </Text>
      </Table.Td>
      <Table.Td>{origins.length === 0 ? "–" : origins.join(", ")}</Table.Td>
      <Table.Td>
        {t(`policies.${documentPolicy}`)}
        <Text size="xs" c="dimmed">
          {t("documents", { count: documentCount })}
        </Text>
      </Table.Td>
      <Table.Td>{format.number(pointsPerSecond, "count")}</Table.Td>
      <Table.Td>
        <When at={releasedAt} />
      </Table.Td>
      {mayWrite && (
        <Table.Td>
          <Group gap={4} wrap="nowrap">
            <Button size="compact-sm" variant="subtle" aria-label={t("changeOf", { name })} onClick={() => setAsked("change")}>
              {t("change")}
            </Button>
            {name !== PORTAL && (
              <Button size="compact-sm" variant="subtle" color="red" aria-label={t("removeOf", { name })} onClick={() => setAsked("remove")}>
                {t("remove")}
              </Button>
            )}
          </Group>
          {asked === "change" && <ApplicationForm application={application} onClose={close} />}
          {asked === "remove" && (
            <Confirm
              title={t("removeOf", { name })}
              action={t("remove")}
              run={() => remove.run({ input: { applicationId: id } })}
              onDone={removed}
              onClose={close}
            >
              <Text size="sm">{t("removeText")}</Text>
            </Confirm>
          )}
        </Table.Td>
      )}
    </Table.Tr>
  );
}
