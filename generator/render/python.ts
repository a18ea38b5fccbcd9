/** A Python string literal in the formatter's style: double quotes, unless single ones need fewer escapes. */
export function pyLiteral(text: string): string {
  const quote = count(text, '"') > count(text, "'") ? "'" : '"';
  return `${quote}${Array.from(text, (letter) => escape(letter, quote)).join('')}${quote}`;
}

const NAMED: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escape(letter: string, quote: string): string {
  if (letter === quote) return `\\${quote}`;
  const named = NAMED[letter];
  if (named !== undefined) return named;
  // controls, invisible and direction-changing letters would let a literal look like something else
  const code = letter.codePointAt(0) ?? 0;
  if (!/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u.test(letter)) return letter;
  if (code <= 0xff) return `\\x${hex(code, 2)}`;
  return code <= 0xffff ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

function hex(code: number, width: number): string {
  return code.toString(16).padStart(width, '0');
}

function count(text: string, letter: string): number {
  return text.split(letter).length - 1;
}
