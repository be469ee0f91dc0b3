import classes from "~/ui/Sparkline.module.css";

const WIDTH = 120;
const HEIGHT = 28;
const DAY_MS = 86_400_000;

type Props = { points: { on: string; value: number }[]; from: string; to: string; label: string };

/** The course of a count over days as bars without an axis; days that are left out are zero. */
export function Sparkline({ points, from, to, label }: Props) {
  const first = Date.parse(from);
  const days = Math.max(1, Math.round((Date.parse(to) - first) / DAY_MS) + 1);
  const most = Math.max(1, ...points.map(({ value }) => value));
  const width = WIDTH / days;
  const bars = points.map(({ on, value }) => {
    const height = (value / most) * HEIGHT;
    return `M${((Date.parse(on) - first) / DAY_MS) * width} ${HEIGHT}v${-height}h${width * 0.8}V${HEIGHT}z`;
  });
  return (
    <svg className={classes.line} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <path d={bars.join("")} />
    </svg>
  );
}
