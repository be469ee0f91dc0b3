export { Notifications as Notices } from "@mantine/notifications";
