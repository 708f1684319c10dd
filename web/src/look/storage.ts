/** What the browser keeps for this page. Undefined where it may keep nothing, as with all cookies blocked. */
const kept = (read: () => Storage): Storage | undefined => {
  try {
    return read();
  } catch {
    return undefined;
  }
};

/** Of this tab alone. */
export const tabStorage = kept(() => sessionStorage);
/** Of all tabs, until it is taken away. */
export const lastingStorage = kept(() => localStorage);
