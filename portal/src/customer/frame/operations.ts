import { graphql } from "~/api/graphql";
import { customerFrame } from "~/customer/frame/fragment";

/** Read from the cache alone: the page inside asks for it. */
export const CustomerFrameQuery = graphql(
  `
    query CustomerFrameQuery {
      ...CustomerFrame
    }
  `,
  [customerFrame],
);
