import { Badge, Button, Group, Select, Table, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconUserPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { IN_PLACE, useChange } from "~/api/useChange";
import type { Access } from "~/console/system/AccessPage";
import { DeactivateStaff, ReactivateStaff, SetStaffRole } from "~/console/system/changes/operations";
import { NewStaff } from "~/console/system/NewStaff";
import { ROLES } from "~/console/system/roles";
import { Rows } from "~/console/system/Rows";
import { Card } from "~/ui/Card";
import { Confirm } from "~/ui/Confirm";
import { ListFoot } from "~/ui/ListFoot";
import type { useTurner } from "~/ui/PageTurner";
import { useUndo } from "~/ui/useUndo";

type People = Access["staff"];
type Somebody = People["nodes"][number];
type Props = { staff: People; turner: ReturnType<typeof useTurner>; mayWrite: boolean };

/** Who is on the staff, in which role; whoever may, changes roles and takes people off. */
export function StaffCard({ staff, turner, mayWrite }: Props) {
  const t = useTranslations("consoleSystem");
  const [isAdding, setAdding] = useState(false);
  return (
    <Card
      title={t("access.people")}
      action={
        mayWrite && (
          <Button size="compact-sm" variant="light" leftSection={<IconUserPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
            {t("access.addStaff")}
          </Button>
        )
      }
    >
      <Rows label={t("access.people")} heads={[t("access.name"), t("access.role"), t("access.twoFactor"), t("access.standing")]}>
        {staff.nodes.map((somebody) => (
          <Line key={somebody.id} somebody={somebody} mayWrite={mayWrite} />
        ))}
      </Rows>
      <ListFoot mt="sm" count={t("access.peopleCount", { count: staff.totalCount })} turner={turner} pageInfo={staff.pageInfo} />
      {isAdding && <NewStaff onClose={() => setAdding(false)} />}
    </Card>
  );
}

function Line({ somebody, mayWrite }: { somebody: Somebody; mayWrite: boolean }) {
  const t = useTranslations("consoleSystem");
  const undoable = useUndo();
  const setRole = useChange(SetStaffRole);
  const deactivate = useChange(DeactivateStaff, IN_PLACE);
  const reactivate = useChange(ReactivateStaff);
  const [isLeaving, setLeaving] = useState(false);
  const { id, displayName: name, role, person, isActive, hasTwoFactor } = somebody;
  const input = { staffId: id };

  const move = async (to: (typeof ROLES)[number]) => {
    const { payload } = await setRole.run({ input: { ...input, role: to } });
    if (payload !== undefined) {
      undoable(t("access.hasRole", { name, role: t(`access.roles.${to}`) }), () => setRole.run({ input: { ...input, role } }));
    }
  };
  const wasTakenOff = () => {
    setLeaving(false);
    undoable(t("access.wasTakenOff", { name }), () => reactivate.run({ input }));
  };
  const takeOn = async () => {
    const { payload } = await reactivate.run({ input });
    if (payload !== undefined) notifications.show({ message: t("access.wasTakenOn", { name }) });
  };
  return (
    <Table.Tr>
      <Table.Td>
        <Text size="sm" fw={600}>
          {name}
        </Text>
        <Text size="xs" c="dimmed">
          {person?.email}
        </Text>
      </Table.Td>
      <Table.Td>
        {mayWrite && isActive ? (
          <Select
            aria-label={t("access.roleOf", { name })}
            size="xs"
            w={220}
            allowDeselect={false}
            disabled={setRole.isRunning}
            data={ROLES.map((value) => ({ value, label: t(`access.roles.${value}`) }))}
            value={role}
            onChange={(to) => to !== null && to !== role && void move(to)}
          />
        ) : (
          t(`access.roles.${role}`)
        )}
      </Table.Td>
      <Table.Td>{t(hasTwoFactor ? "access.on" : "access.off")}</Table.Td>
      <Table.Td>
        <Group gap="xs">
          {!isActive && (
            <Badge color="gray" variant="light" tt="none">
              {t("access.gone")}
            </Badge>
          )}
          {mayWrite && (
            <Button
              size="compact-sm"
              variant="subtle"
              color={isActive ? "red" : undefined}
              loading={reactivate.isRunning}
              aria-label={t(isActive ? "access.takeOffOf" : "access.takeOnOf", { name })}
              onClick={() => (isActive ? setLeaving(true) : void takeOn())}
            >
              {t(isActive ? "access.takeOff" : "access.takeOn")}
            </Button>
          )}
        </Group>
        {isLeaving && (
          <Confirm
            title={t("access.takeOffOf", { name })}
            action={t("access.takeOff")}
            run={() => deactivate.run({ input })}
            onDone={wasTakenOff}
            onClose={() => setLeaving(false)}
          >
            <Text size="sm">{t("access.takeOffText", { name })}</Text>
          </Confirm>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
