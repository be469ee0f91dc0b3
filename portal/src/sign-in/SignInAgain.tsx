import { Modal } from "@mantine/core";
import { useTranslations } from "use-intl";
import { signedIn, type SignedIn } from "~/api/session";
import { SignIn } from "~/sign-in/SignIn";

type Props = { kind: SignedIn["kind"]; isShown: boolean };

/** The sign-in before a page whose session ended in mid-work. */
export function SignInAgain({ kind, isShown }: Props) {
  const t = useTranslations("shared.signIn");
  return (
    <Modal
      opened={isShown}
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title={t("again")}
    >
      <SignIn onSignedIn={(who) => signedIn(who, kind)} />
    </Modal>
  );
}
