import { useTranslations } from "use-intl";
import { Link } from "wouter";
import classes from "~/console/account/AccountTabs.module.css";

const TABS = ["overview", "health", "timeline", "people", "usage", "billing"] as const;
export type Tab = (typeof TABS)[number];

/** The pages of an account, each a link that a browser can open beside this one. */
export function AccountTabs({ accountId, tab }: { accountId: string; tab: Tab }) {
  const t = useTranslations("consoleAccount");
  return (
    <nav className={classes.tabs} aria-label={t("pages")}>
      {TABS.map((each) => (
        <Link
          key={each}
          href={`/accounts/${accountId}${each === "overview" ? "" : `/${each}`}`}
          className={classes.tab}
          aria-current={each === tab ? "page" : undefined}
        >
          {t(`tabs.${each}`)}
        </Link>
      ))}
    </nav>
  );
}
