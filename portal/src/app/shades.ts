import type { MantineColorsTuple } from "@mantine/core";

/** Of Waymark's own green, step by step: what text is readable on, and as what, hangs on these alone. */
const LUMINANCES = [0.898, 0.798, 0.631, 0.487, 0.38, 0.282, 0.166, 0.125, 0.075, 0.042];
/** The step of buttons and links by day: it is the colour itself, unless text on it or of it were hard to read. */
const MAIN = 7;
/** Up to here it has 4.5 : 1 against white, and against the tint of step 1. */
const LIGHTEST = 0.135;
const WEIGHTS = [0.2126, 0.7152, 0.0722];

const toLight = (byte: number) => (byte <= 10 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4);
const toByte = (light: number) => Math.round(255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055));

/**
 * The ten shades of a colour such as #2f6fed. Each is as bright as that step of Waymark's green, so that text keeps its
 * contrast of 4.5 : 1 in both themes whatever the colour is: it is darkened, or lightened towards white. A colour that is
 * dark enough for buttons and links stands there as it is.
 */
export function shades(color: string): MantineColorsTuple {
  const parts = [1, 3, 5].map((at) => toLight(Number.parseInt(color.slice(at, at + 2), 16)));
  const own = parts.reduce((sum, light, index) => sum + light * (WEIGHTS[index] ?? 0), 0);
  const main = Math.min(own, LIGHTEST);
  const steps = LUMINANCES.map((wanted, step) => {
    const target = step < MAIN ? wanted : Math.min(main, main * (wanted / (LUMINANCES[MAIN] ?? 1)));
    const shown = parts.map((light) =>
      // Light adds up: both ways meet the brightness that is wanted exactly.
      own >= target ? light * (own === 0 ? 1 : target / own) : light + ((1 - light) * (target - own)) / (1 - own),
    );
    return `#${shown.map((light) => toByte(light).toString(16).padStart(2, "0")).join("")}`;
  });
  return steps as unknown as MantineColorsTuple;
}
