/**
 * Of what fewer letters found, what has the letters typed since in one of its names, until those are answered themselves:
 * so that nothing moves under the pointer when the answer comes. Names are looked at in any case.
 */
export const stillFound = <Found>(found: Found[], namesOf: (each: Found) => (string | null)[], typed: string, isAnswered: boolean): Found[] => {
  const wanted = typed.trim().toLowerCase();
  return isAnswered ? found : found.filter((each) => namesOf(each).some((name) => name?.toLowerCase().includes(wanted)));
};
