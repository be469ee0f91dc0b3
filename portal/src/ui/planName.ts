/** The billing system's key of a plan as words: `professional_annual` is "Professional annual". */
export const planName = (key: string) => {
  const words = key.replaceAll(/[_-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
};
