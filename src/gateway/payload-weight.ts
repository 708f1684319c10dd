/**
 * How heavy a decoded payload is: about the bytes of its JSON in UTF-8, counted only until the limit is passed. Binary parts
 * count their bytes. Nothing is copied, and depth costs no stack.
 */
export function isHeavier(payload: unknown, limitBytes: number): boolean {
  let left = limitBytes;
  const stack: unknown[] = [payload];
  while (stack.length > 0 && left >= 0) {
    const value = stack.pop();
    if (typeof value === 'string') left -= textWeight(value, left);
    else if (typeof value !== 'object' || value === null) left -= 4;
    else if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) left -= value.byteLength;
    else if (Array.isArray(value)) {
      left -= 2 + value.length;
      if (left >= 0) for (const item of value) stack.push(item);
    } else {
      left -= 2;
      for (const [key, item] of Object.entries(value)) {
        left -= textWeight(key, left) + 2;
        if (left < 0) break;
        stack.push(item);
      }
    }
  }
  return left < 0;
}

/** Exact only where it matters: a text that fits however it is encoded is taken at its worst only when it is near the limit. */
function textWeight(text: string, left: number): number {
  return text.length * 3 <= left ? text.length + 2 : Buffer.byteLength(text) + 2;
}
