import "~/customer/moreStyles";

export { AccountItems } from "~/customer/frame/AccountItems";
export { MoreItems } from "~/customer/frame/MoreItems";
