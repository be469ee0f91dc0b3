import { Button, Stack } from "@mantine/core";
import { useTranslations } from "use-intl";
import { face } from "~/app/face";

type Props = { then: string; isElsewhere?: boolean };

/** The ways in by the company's identity providers, which staff alone have; in another tab where this one has to stay. */
export function Providers({ then, isElsewhere = false }: Props) {
  const t = useTranslations("shared.signIn");
  if (face.providers.length === 0) return null;
  return (
    <Stack mt="md">
      {face.providers.map(({ key, name }) => (
        <Button
          key={key}
          component="a"
          variant="default"
          href={`/auth/oidc/${key}/login?then=${encodeURIComponent(then)}`}
          {...(isElsewhere ? { target: "_blank", rel: "noopener" } : {})}
        >
          {t("goOnWith", { name })}
        </Button>
      ))}
    </Stack>
  );
}
