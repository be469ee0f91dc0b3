import { Center, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useTranslations } from "use-intl";
import type { SignedIn } from "~/api/session";
import { face } from "~/app/face";
import { Providers } from "~/sign-in/Providers";
import { SignIn } from "~/sign-in/SignIn";
import { Brand } from "~/ui/Brand";
import { useTitle } from "~/ui/useTitle";

export type SignInPageProps = { kind: SignedIn["kind"]; onSignedIn: (who: SignedIn) => void };

/** The page of somebody who is not signed in. */
export function SignInPage({ kind, onSignedIn }: SignInPageProps) {
  const t = useTranslations("shared.signIn");
  useTitle(t("title"));
  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper withBorder p="xl" w="100%" maw={420}>
        {face.name !== null && (
          <Group mb="lg">
            <Brand name={face.name} logo={face.logo} height={32} />
          </Group>
        )}
        <Stack gap="xs" mb="lg">
          <Title order={1} size="h3">
            {t("title")}
          </Title>
          <Text c="dimmed">{t(kind === "STAFF" ? "leadStaff" : "leadMember")}</Text>
        </Stack>
        <SignIn onSignedIn={onSignedIn} />
        {kind === "STAFF" && <Providers then={window.location.pathname + window.location.search} />}
      </Paper>
    </Center>
  );
}
