import { Modal } from "@mantine/core";
import { useTranslations } from "use-intl";
import { homeOf, signedIn, type SignedIn } from "~/api/session";
import { Providers } from "~/sign-in/Providers";
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
      {kind === "STAFF" && <Providers then={homeOf(kind)} isElsewhere />}
    </Modal>
  );
}
