import { Anchor } from "@mantine/core";
import { useTranslations } from "use-intl";
import { Link } from "wouter";

type Props = { what: "alerts" | "children" | "tasks" | "touchpoints"; count: number; shown: number; href: string };

/** The way to the list that has more than is shown here of something, with its count; nothing where all is shown. */
export function AllOf({ what, count, shown, href }: Props) {
  const t = useTranslations("consoleAccount.all");
  if (count <= shown) return null;
  return (
    <Anchor component={Link} href={href} size="sm" display="block" mt="xs">
      {t(what, { count })}
    </Anchor>
  );
}
