import { Button, Menu, Text, VisuallyHidden } from "@mantine/core";
import { IconBookmark, IconDeviceFloppy, IconStar, IconStarFilled, IconStarOff, IconTrash } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { useTranslations } from "use-intl";
import { useLocation } from "wouter";
import { useChange } from "~/api/useChange";
import { addressOf, type ListState } from "~/console/accounts/address";
import type { AccountFilter } from "~/console/accounts/filter";
import { GIVEN, stateOf, type SavedView } from "~/console/accounts/view";
import { DeleteSavedView, RestoreSavedView, SetDefaultView, UpdateSavedView } from "~/console/accounts/operations";
import { SaveView } from "~/console/accounts/SaveView";
import { useUndo } from "~/ui/useUndo";

/** `begins`: the view with which the reader's list begins; null: with all accounts. */
type Props = { state: ListState; views: SavedView[]; begins: SavedView | null; onChanged: () => void };

/** Lists that are kept by a name: given ones, one's own, those of others; keeping the present one, and beginning with it. */
export function Views({ state, views, begins, onChanged }: Props) {
  const t = useTranslations("consoleAccounts.views");
  const [, go] = useLocation();
  const undoable = useUndo();
  const change = useChange(UpdateSavedView);
  const remove = useChange(DeleteSavedView);
  const restore = useChange(RestoreSavedView);
  const choose = useChange(SetDefaultView);
  const [saving, setSaving] = useState<{ name: string; isDefault: boolean }>();
  const here = views.find(({ id }) => id === state.view);
  const own = views.filter(({ isMine }) => isMine);
  const shared = views.filter(({ isMine }) => !isMine);
  const given = here === undefined ? GIVEN.find((each) => addressOf(each.state) === addressOf({ ...state, after: undefined, before: undefined })) : undefined;
  const isDefault = begins !== null && here?.id === begins.id;
  const kept = { filter: state.filter, orderBy: state.order, columns: state.columns };

  const update = async (view: SavedView) => {
    const { payload } = await change.run({ input: { savedViewId: view.id, ...kept } });
    if (payload === undefined) return;
    const former = { filter: view.filter as AccountFilter, orderBy: view.orderBy, columns: view.columns };
    undoable(t("saved", { name: view.name }), async () => {
      await change.run({ input: { savedViewId: view.id, ...former } });
      go(addressOf(stateOf(view)));
    });
  };
  const take = async (view: SavedView) => {
    const { payload } = await remove.run({ input: { savedViewId: view.id } });
    if (payload === undefined) return;
    onChanged();
    go(addressOf({ ...state, view: undefined }));
    undoable(t("deleted", { name: view.name }), async () => {
      await restore.run({ input: { savedViewId: view.id } });
      onChanged();
    });
  };
  const begin = async (view: SavedView | null) => {
    const { payload } = await choose.run({ input: { savedViewId: view?.id ?? null } });
    if (payload === undefined) return;
    undoable(view === null ? t("beginsWithAll") : t("begins", { name: view.name }), () => choose.run({ input: { savedViewId: begins?.id ?? null } }));
  };
  const item = (view: SavedView) => (
    <Menu.Item
      key={view.id}
      onClick={() => go(addressOf(stateOf(view)))}
      fw={view.id === here?.id ? 650 : undefined}
      rightSection={view.id === begins?.id && <Star>{t("isMyDefault")}</Star>}
    >
      {view.name}{" "}
      {!view.isMine && (
        <Text span size="xs" c="dimmed" ml={4}>
          {t("by", { name: view.owner?.displayName ?? "" })}
        </Text>
      )}
    </Menu.Item>
  );
  return (
    <>
      <Menu withinPortal position="bottom-start">
        <Menu.Target>
          <Button size="compact-md" fz="sm" variant="default" leftSection={isDefault ? <Star>{t("myDefault")}</Star> : <IconBookmark size={16} aria-hidden />}>
            {here?.name ?? t(given === undefined || given.label === "all" ? "label" : given.label)}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{t("given")}</Menu.Label>
          {GIVEN.map(({ label, state: shown }) => (
            <Menu.Item
              key={label}
              onClick={() => go(addressOf(shown))}
              fw={label === given?.label ? 650 : undefined}
              rightSection={label === "all" && begins === null && <Star>{t("isMyDefault")}</Star>}
            >
              {t(label)}
            </Menu.Item>
          ))}
          {own.length > 0 && <Menu.Label>{t("own")}</Menu.Label>}
          {own.map(item)}
          {shared.length > 0 && <Menu.Label>{t("shared")}</Menu.Label>}
          {shared.map(item)}
          <Menu.Divider />
          {here !== undefined && !isDefault && (
            <Menu.Item leftSection={<IconStar size={16} aria-hidden />} onClick={() => void begin(here)}>
              {t("makeDefault", { name: here.name })}
            </Menu.Item>
          )}
          {given !== undefined && given.label !== "all" && (
            <Menu.Item leftSection={<IconStar size={16} aria-hidden />} onClick={() => setSaving({ name: t(given.label), isDefault: true })}>
              {t("makeDefault", { name: t(given.label) })}
            </Menu.Item>
          )}
          {begins !== null && (
            <Menu.Item leftSection={<IconStarOff size={16} aria-hidden />} onClick={() => void begin(null)}>
              {t("noDefault", { name: begins.name })}
            </Menu.Item>
          )}
          {here?.isMine === true && (
            <>
              <Menu.Item leftSection={<IconDeviceFloppy size={16} aria-hidden />} onClick={() => void update(here)}>
                {t("update", { name: here.name })}
              </Menu.Item>
              <Menu.Item leftSection={<IconTrash size={16} aria-hidden />} onClick={() => void take(here)}>
                {t("delete", { name: here.name })}
              </Menu.Item>
            </>
          )}
          <Menu.Item leftSection={<IconDeviceFloppy size={16} aria-hidden />} onClick={() => setSaving({ name: "", isDefault: false })}>
            {t("save")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {saving !== undefined && (
        <SaveView
          {...saving}
          kept={kept}
          onClose={() => setSaving(undefined)}
          onSaved={(view) => {
            setSaving(undefined);
            onChanged();
            go(addressOf({ ...state, view }));
          }}
        />
      )}
    </>
  );
}

function Star({ children }: { children: ReactNode }) {
  return (
    <>
      <IconStarFilled size={14} aria-hidden color="var(--mantine-color-yellow-6)" />
      <VisuallyHidden>{children}</VisuallyHidden>
    </>
  );
}
