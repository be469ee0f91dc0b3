/** Whether nothing is open to somebody of the staff but their own settings: they have no second factor, which is asked for. */
export const isHeldBack = ({ permissions }: { permissions: readonly string[] }) => permissions.every((each) => each === "profile:write");
