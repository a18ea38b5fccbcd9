const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text between tags. */
export function xmlText(text: string): string {
  return legal(text).replaceAll(/[&<>]/g, (letter) => ENTITIES[letter] ?? letter);
}

/** The value of an attribute, without its double quotes. */
export function xmlAttr(text: string): string {
  return legal(text)
    .replaceAll(/[&<>"]/g, (letter) => ENTITIES[letter] ?? letter)
    .replaceAll(/[\t\n\r]/g, (letter) => `&#${String(letter.charCodeAt(0))};`);
}

/** XML 1.0 has no way at all to write most control characters. */
function legal(text: string): string {
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text) || !text.isWellFormed()) {
    throw new Error('a character that XML cannot carry');
  }
  return text;
}
