const RELEASED_MS = 10_000;

/** Hand something to the browser as a file; of a path its last part is the file's name. */
export const handOut = (path: string, content: Blob) => {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = path.split("/").at(-1) ?? path;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), RELEASED_MS);
};
