import { Menu, type MenuProps } from "@mantine/core";
import { useDeferredValue, useImperativeHandle, type ReactNode, type Ref, type RefObject } from "react";

type Button = RefObject<HTMLButtonElement | null>;
export type MenuOfProps = { of: Button; id: string; isOpen: boolean; onChange: (isOpen: boolean) => void };
type Props = MenuOfProps & { position: NonNullable<MenuProps["position"]>; children: ReactNode };

/** What a button opens that was on the page before the code of menus was (`MenuButton`). */
export function MenuOf({ of, id, isOpen, onChange, position, children }: Props) {
  // Closed at first, even when it is awaited already: on its way to being open it notes where the focus goes back to.
  const opened = useDeferredValue(isOpen, false);
  return (
    <Menu id={id} opened={opened} onChange={onChange} position={position}>
      <Menu.Target>
        <Stand of={of} />
      </Menu.Target>
      <Menu.Dropdown>{children}</Menu.Dropdown>
    </Menu>
  );
}

/** In the place of the target: the button, which is drawn elsewhere. */
function Stand({ of, ref }: { of: Button; ref?: Ref<HTMLButtonElement> }) {
  useImperativeHandle(ref, () => of.current as HTMLButtonElement, [of]);
  return null;
}
