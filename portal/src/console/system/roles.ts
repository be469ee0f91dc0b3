/** What people of the staff do, as far as it decides what they may. */
export const ROLES = ["CSM", "MANAGER", "EXECUTIVE", "BILLING", "ADMIN"] as const;
