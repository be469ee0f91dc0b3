import { Modal, type ModalProps } from "@mantine/core";
import { useEffect, useState } from "react";

/** What had the focus; of a menu's item, which goes with its menu, the button that opened the menu. */
const opener = () => {
  const active = document.activeElement;
  const menu = active?.closest("[role=menu]")?.getAttribute("aria-labelledby");
  return menu == null ? active : document.getElementById(menu);
};

/**
 * A dialog that is open for as long as it is drawn. A press beside it does not close it, so that nothing typed is lost by a slip.
 * The focus goes back to where it was; if that is gone, to the page's heading.
 */
export function Dialog(props: Omit<ModalProps, "opened">) {
  const [before] = useState(opener);
  useEffect(
    () => () => {
      if (document.activeElement !== document.body) return;
      const back = before?.isConnected === true ? before : document.querySelector("h1");
      if (back instanceof HTMLElement) back.focus({ preventScroll: true });
    },
    [before],
  );
  return <Modal opened closeOnClickOutside={false} {...props} />;
}
