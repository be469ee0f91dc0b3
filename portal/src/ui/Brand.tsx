import { Group, Text } from "@mantine/core";
import type { Logo } from "~/app/face";
import classes from "~/ui/Brand.module.css";

type Props = { name: string | undefined; logo: Logo | null; height: number };

/** Whose side this is: the logo, whose place is kept until it has come, and the name. */
export function Brand({ name, logo, height }: Props) {
  return (
    <Group gap="sm" wrap="nowrap" miw={0}>
      {logo !== null && (
        <img className={classes.logo} src={logo.path} alt="" width={Math.round(height * logo.proportion)} height={height} />
      )}
      <Text fw={650} truncate>
        {name}
      </Text>
    </Group>
  );
}
