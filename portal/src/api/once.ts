/** A key that a change alone has: whoever sends the same change with it again gets the first answer and no second effect. */
export const once = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("");
