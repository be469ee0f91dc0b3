import { SimpleGrid, Stack } from "@mantine/core";
import type { FragmentOf } from "~/api/graphql";
import type { ownDevices } from "~/settings/operations";
import { PasswordForm } from "~/settings/PasswordForm";
import { Sessions } from "~/settings/Sessions";
import { TwoFactor } from "~/settings/TwoFactor";

type Props = { own: FragmentOf<typeof ownDevices>; onMoved: () => void };

/** Where and how somebody signs in. */
export function Devices({ own: { sessions, twoFactor }, onMoved }: Props) {
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
      <div>
        <Sessions sessions={sessions.nodes} onEnded={onMoved} />
      </div>
      <Stack>
        <TwoFactor twoFactor={twoFactor} onMoved={onMoved} />
        <PasswordForm />
      </Stack>
    </SimpleGrid>
  );
}
