import { Alert, Button, FileButton, Group, Input, Stack, Text, TextInput } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { useChange } from "~/api/useChange";
import { SetPortalFace } from "~/console/face/changes/operations";
import { ColorField } from "~/console/face/ColorField";
import type { Choice, Portal } from "~/console/face/PortalPage";
import { Preview } from "~/console/face/Preview";
import { Card } from "~/ui/Card";
import { useUndo } from "~/ui/useUndo";

const COLOR = /^#[0-9a-f]{6}$/;
const KINDS = "image/png,image/svg+xml,image/webp";
/** Bytes; as an address it is a third longer. */
const MOST = 37_000;

type Props = { portal: Portal; choice: Choice; mayWrite: boolean; again: () => void };
type Errors = Record<string, string>;

/** Name, colour and logo of the customers' side: shown as they would be, saved, taken back. */
export function Face({ portal, choice, mayWrite, again }: Props) {
  const t = useTranslations("consoleFace");
  const shared = useTranslations("shared");
  const live = { name: portal.name, color: portal.accentColor ?? "", logo: portal.logo };
  const [{ name, color, logo }, setFace] = useState(live);
  const [errors, setErrors] = useState<Errors>({});
  const change = useChange(SetPortalFace, ["name", "accentColor", "logo"]);
  const offer = useUndo();

  const isColor = color === "" || COLOR.test(color);
  const changed = {
    ...(name.trim() === live.name ? {} : { name: name.trim() }),
    ...(color === live.color ? {} : { accentColor: color === "" ? null : color }),
    ...(logo === live.logo ? {} : { logo }),
  };
  const isChosen = Object.values(choice).some((each) => each !== null);

  const send = async (input: Partial<Choice>, done: string, undo?: Partial<Choice>) => {
    const { errors: refused } = await change.run({ input });
    setErrors(refused ?? {});
    if (refused !== undefined) return;
    again();
    if (undo !== undefined) offer(done, () => void send(undo, done));
  };
  const read = (file: File | null) => {
    if (file === null) return;
    if (file.size > MOST) {
      setErrors({ logo: t("logoTooLarge") });
      return;
    }
    const reader = new FileReader();
    reader.onload = () => {
      setErrors({});
      setFace({ name, color, logo: String(reader.result) });
    };
    reader.readAsDataURL(file);
  };

  return (
    <Card title={t("face")}>
      <Stack>
        <Text size="sm" c="dimmed">
          {t(mayWrite ? "faceText" : "faceRead")}
        </Text>
        {errors[""] !== undefined && (
          <Alert color="red" role="alert">
            {errors[""]}
          </Alert>
        )}
        <TextInput
          label={t("name")}
          description={t("nameHint")}
          maxLength={100}
          disabled={!mayWrite}
          value={name}
          onChange={(event) => setFace({ name: event.currentTarget.value, color, logo })}
          error={name.trim() === "" ? t("nameNeeded") : errors["name"]}
        />
        <ColorField
          label={t("color")}
          description={t("colorHint")}
          disabled={!mayWrite}
          value={color}
          onChange={(next) => setFace({ name, color: next.toLowerCase(), logo })}
          error={isColor ? errors["accentColor"] : t("colorRefused")}
        />
        <Input.Wrapper label={t("logo")} labelElement="div" description={t("logoHint")} error={errors["logo"]}>
          <Group mt="xs" gap="xs">
            <FileButton accept={KINDS} onChange={read} disabled={!mayWrite}>
              {(given) => (
                <Button {...given} variant="default" disabled={!mayWrite} leftSection={<IconUpload size={16} aria-hidden />}>
                  {t(logo === null ? "logoChoose" : "logoReplace")}
                </Button>
              )}
            </FileButton>
            {mayWrite && logo !== null && choice.logo !== null && (
              <Button variant="subtle" onClick={() => setFace({ name, color, logo: null })}>
                {t("logoRemove")}
              </Button>
            )}
          </Group>
        </Input.Wrapper>
        <Preview name={name} color={isColor ? color : live.color} logo={logo} />
        {mayWrite && (
          <Group justify="flex-end">
            {isChosen && (
              <Button variant="subtle" onClick={() => void send({ name: null, accentColor: null, logo: null }, t("asInFileDone"), choice)}>
                {t("asInFile")}
              </Button>
            )}
            <Button
              loading={change.isRunning}
              disabled={Object.keys(changed).length === 0 || !isColor || name.trim() === ""}
              onClick={() => void send(changed, shared("saved"), choice)}
            >
              {shared("save")}
            </Button>
          </Group>
        )}
      </Stack>
    </Card>
  );
}
