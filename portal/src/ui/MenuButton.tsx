import { UnstyledButton } from "@mantine/core";
import { Suspense, useId, useRef, useState, type ReactNode } from "react";
import type { MenuOfProps } from "~/ui/MenuOf";

type Props = {
  /** What it opens: a `MenuOf` in a part that is loaded later than the page. */
  items: (menu: MenuOfProps) => ReactNode;
  className?: string | undefined;
  children: ReactNode;
};

/** A button with a menu, whose code may come later than the page; it is needed when the button is pressed. */
export function MenuButton({ items, className, children }: Props) {
  const [isOpen, setOpen] = useState(false);
  const [wasOpened, setOpened] = useState(false);
  if (isOpen && !wasOpened) setOpened(true);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  return (
    <>
      <UnstyledButton
        ref={button}
        id={`${id}-target`}
        className={className}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? `${id}-dropdown` : undefined}
        onClick={() => setOpen(!isOpen)}
      >
        {children}
      </UnstyledButton>
      {wasOpened && <Suspense>{items({ of: button, id, isOpen, onChange: setOpen })}</Suspense>}
    </>
  );
}
