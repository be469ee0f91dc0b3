const BROWSERS: [RegExp, string][] = [
  [/\bEdg(e|A|iOS)?\//, "Edge"],
  [/\b(OPR|Opera)\//, "Opera"],
  [/\bFirefox\/|\bFxiOS\//, "Firefox"],
  [/(Chrome|Chromium|CriOS)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];

const SYSTEMS: [RegExp, string][] = [
  [/\b(iPhone|iPad|iPod)\b/, "iOS"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bMac OS X\b|\bMacintosh\b/, "macOS"],
  [/\bLinux\b/, "Linux"],
];

/** What a browser calls itself, as far as people know the words; undefined for a program. The first that fits counts. */
export const deviceOf = (agent: string) => ({
  browser: BROWSERS.find(([sign]) => sign.test(agent))?.[1],
  system: SYSTEMS.find(([sign]) => sign.test(agent))?.[1],
  isPhone: /\b(iPhone|iPod|Mobile)\b/.test(agent),
});
