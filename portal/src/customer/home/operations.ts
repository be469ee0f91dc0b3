import { graphql } from "~/api/graphql";
import { customerFrame } from "~/customer/frame/fragment";
import { celebration } from "~/customer/home/Celebrations";
import { nextStep } from "~/customer/home/NextStep";
import { active } from "~/customer/home/PeopleActive";
import { limits } from "~/customer/home/Limits";
import { stage } from "~/customer/home/Stage";
import { standing } from "~/customer/home/Standing";

export const HomeQuery = graphql(
  `
    query Home($from: Date!, $to: Date!) {
      ...CustomerFrame
      viewer {
        account {
          id
          customerSince
          stage {
            ...Stage
          }
          celebrations {
            ...Celebration
          }
          health {
            ...Standing
          }
          healthChange(from: $from, to: $to) {
            sentence
          }
          nextActions {
            ...NextStep
          }
          peopleActive {
            ...Active
          }
          limits {
            ...Limits
          }
        }
      }
    }
  `,
  [customerFrame, stage, celebration, standing, nextStep, active, limits],
);

export const HomeMoved = graphql(
  `
    subscription HomeMoved {
      healthChanged {
        id
        health {
          ...Standing
        }
        nextActions {
          ...NextStep
        }
      }
    }
  `,
  [standing, nextStep],
);
