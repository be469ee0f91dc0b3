import { Text } from "@mantine/core";
import type { FragmentOf } from "~/api/graphql";
import type { ownProfile } from "~/settings/operations";
import { ProfileForm } from "~/settings/ProfileForm";
import { Card } from "~/ui/Card";

type Props = { own: FragmentOf<typeof ownProfile>; company?: string | undefined; mayWrite: boolean; onSaved: () => void };

/** Who somebody is here, and at which company. */
export function Profile({ own: { profile }, company, mayWrite, onSaved }: Props) {
  return (
    <Card title={profile?.displayName ?? ""}>
      <Text size="sm" c="dimmed" mb="md">
        {[profile?.title, company, profile?.email].filter(Boolean).join(" · ")}
      </Text>
      {profile !== null && mayWrite && <ProfileForm profile={profile} onSaved={onSaved} />}
    </Card>
  );
}
