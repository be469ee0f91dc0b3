import { graphql } from "~/api/graphql";
import { customerFrame } from "~/customer/frame/fragment";
import { limits } from "~/customer/home/Limits";
import { nextStep } from "~/customer/home/NextStep";
import { standing } from "~/customer/home/Standing";
import { change } from "~/customer/insights/Change";
import { factors } from "~/customer/insights/Factors";
import { happening, point } from "~/customer/insights/History";
import { featureUse } from "~/customer/insights/FeatureUse";

export const HealthQuery = graphql(
  `
    query CustomerHealth($from: Date!, $to: Date!) {
      ...CustomerFrame
      viewer {
        account {
          id
          health {
            ...Standing
            ...Factors
          }
          healthHistory(from: $from, to: $to) {
            ...Point
          }
          marks(from: $from, to: $to) {
            ...Happening
          }
          healthChange(from: $from, to: $to) {
            ...Change
          }
          nextActions {
            ...NextStep
          }
        }
      }
    }
  `,
  [customerFrame, standing, factors, point, happening, change, nextStep],
);

export const HealthMoved = graphql(
  `
    subscription CustomerHealthMoved {
      healthChanged {
        id
        health {
          ...Standing
          ...Factors
        }
        nextActions {
          ...NextStep
        }
      }
    }
  `,
  [standing, factors, nextStep],
);

export const UsageQuery = graphql(
  `
    query CustomerUsage($from: Date!, $to: Date!) {
      ...CustomerFrame
      viewer {
        account {
          id
          limits {
            ...Limits
          }
          usageByMetric(from: $from, to: $to) {
            ...FeatureUse
          }
        }
      }
    }
  `,
  [customerFrame, limits, featureUse],
);
