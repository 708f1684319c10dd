/** A page without style or script, for where the built ones have nothing to show. `content` is HTML, and never of a request. */
export function plainPage(heading: string, content: string): string {
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Parlance</title>
<h1>${heading}</h1>
${content}
</html>
`;
}

export const pageType = 'text/html; charset=utf-8';
