import { Link } from "wouter";
import classes from "~/ui/LinkTabs.module.css";

type Props = { label: string; tabs: { to: string; name: string }[]; here: string };

/** Pages that belong together, above each of them; each is a link that a browser can open beside this one. */
export function LinkTabs({ label, tabs, here }: Props) {
  return (
    <nav className={classes.tabs} aria-label={label}>
      {tabs.map(({ to, name }) => (
        <Link key={to} href={to} className={classes.tab} aria-current={to === here ? "page" : undefined}>
          {name}
        </Link>
      ))}
    </nav>
  );
}
