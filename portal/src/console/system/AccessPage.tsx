import { Code, Stack, Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import type { ResultOf } from "~/api/graphql";
import { ApiKeysCard } from "~/console/system/ApiKeysCard";
import { SystemAccess } from "~/console/system/operations";
import { StaffCard } from "~/console/system/StaffCard";
import { SystemPage } from "~/console/system/SystemPage";
import { WriteKeysCard } from "~/console/system/WriteKeysCard";
import { useMay } from "~/console/useMay";
import { useTurner } from "~/ui/PageTurner";

const SHOWN = 25;
const WRITE_KEYS = 100;
type Answer = ResultOf<typeof SystemAccess>;

const find = ({ staff, sources, system }: Answer) =>
  system && { staff, sources, apiKeys: system.apiKeys, writeKeys: system.ingestion.writeKeys };
export type Access = NonNullable<ReturnType<typeof find>>;

/** Who is on the staff, and which keys let programs in: to read and change over the API, and to send events; each can be seen to be in use. */
export function AccessPage() {
  const t = useTranslations("consoleSystem");
  const turner = useTurner("");
  const may = useMay();
  const staffTurner = useTurner("");
  return (
    <SystemPage
      tab="access"
      query={SystemAccess}
      variables={{ first: SHOWN, after: turner.after, writeKeys: WRITE_KEYS, staffAfter: staffTurner.after }}
      find={find}
    >
      {({ staff, sources, apiKeys, writeKeys }) => (
        <Stack>
          <StaffCard staff={staff} turner={staffTurner} mayWrite={may("staff:write")} />
          {apiKeys !== null && <ApiKeysCard keys={apiKeys} turner={turner} />}
          <WriteKeysCard keys={writeKeys} sources={sources.map(({ key }) => key)} mayWrite={may("system:write")} />
          <Text size="sm" c="dimmed">
            {t.rich("access.staff", { code: (text) => <Code>{text}</Code> })}
          </Text>
        </Stack>
      )}
    </SystemPage>
  );
}
