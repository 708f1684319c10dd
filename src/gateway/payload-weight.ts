/**
 * How heavy a decoded payload is: about the bytes of its JSON in UTF-8, counted only until the limit is passed. Binary parts
 * count their bytes. Nothing is copied, and depth costs no stack.
 */
export function isHeavier(payload: unknown, limitBytes: number): boolean {
  return !isSurelyLight(payload, limitBytes) && isCountedHeavier(payload, limitBytes);
}

/** What nearly every payload is: a flat object whose texts would stay below the limit at three bytes a character. */
function isSurelyLight(payload: unknown, limitBytes: number): boolean {
  if (typeof payload !== 'object' || payload === null || Object.getPrototypeOf(payload) !== Object.prototype)
    return false;
  let left = limitBytes - 2;
  const flat = payload as Readonly<Record<string, unknown>>;
  for (const key in flat) {
    const value = flat[key];
    if (typeof value === 'object' && value !== null) return false;
    left -= 8 + 3 * (key.length + (typeof value === 'string' ? value.length : 0));
  }
  return left >= 0;
}

function isCountedHeavier(payload: unknown, limitBytes: number): boolean {
  let left = limitBytes;
  const stack: unknown[] = [payload];
  while (stack.length > 0 && left >= 0) {
    const value = stack.pop();
    if (typeof value === 'string') left -= Buffer.byteLength(value) + 2;
    else if (typeof value !== 'object' || value === null) left -= 4;
    else if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) left -= value.byteLength;
    else if (Array.isArray(value)) {
      left -= 2 + value.length;
      if (left >= 0) for (const item of value) stack.push(item);
    } else {
      left -= 2;
      for (const [key, item] of Object.entries(value)) {
        left -= Buffer.byteLength(key) + 4;
        if (left < 0) break;
        stack.push(item);
      }
    }
  }
  return left < 0;
}
