import { useState, useEffect, type ReactNode } from "react";
import { IntlProvider, type Messages } from "use-intl";
import { timeZone } from "~/app/reader";

/** Named formats: every date, number and sum of money on a page is written by one of these. */
const formats = {
  dateTime: {
    day: { day: "numeric", month: "short", year: "numeric" },
    dayOfYear: { day: "numeric", month: "short" },
    moment: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
  },
  number: {
    score: { maximumFractionDigits: 0 },
    points: { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: "exceptZero" },
    share: { style: "percent", maximumFractionDigits: 0 },
    count: { maximumFractionDigits: 0 },
    amount: { maximumFractionDigits: 2 },
  },
} as const;

export type Formats = typeof formats;

/** `?locale=pseudo` shows every text of the catalogues in brackets, so that a text that is in none stands out. */
const isPseudo = new URLSearchParams(window.location.search).get("locale") === "pseudo";

type Props = { messages: Partial<Messages>; children: ReactNode };

/** Texts, dates, numbers and money in the language of the browser, as far as there are catalogues for it. */
export function Intl({ messages, children }: Props) {
  const [changed, setChanged] = useState<{ of: Partial<Messages>; texts: Partial<Messages> }>();
  useEffect(() => {
    if (isPseudo) void import("~/app/pseudo").then(({ pseudo }) => setChanged({ of: messages, texts: pseudo(messages) }));
  }, [messages]);
  const shown = !isPseudo ? messages : changed?.of === messages ? changed.texts : undefined;

  if (shown === undefined) return null;
  return (
    <IntlProvider locale={localeOf(navigator.language)} messages={shown as Messages} formats={formats} timeZone={timeZone}>
      {children}
    </IntlProvider>
  );
}

/**
 * There is English so far; how it writes dates and numbers follows the reader's region, such as en-GB. Who reads in another
 * language is shown English as Europe writes it: the day first, 24 hours, and numbers as in the sentences beside them.
 */
const localeOf = (wanted: string) => (/^en(-\w+)*$/.test(wanted) ? wanted : "en-150");
