/** Nothing in it needs a second look; nearly every text is such. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** A Python string literal in the formatter's style: double quotes, unless single ones need fewer escapes. */
export function pyLiteral(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  const quote = count(text, '"') > count(text, "'") ? "'" : '"';
  return `${quote}${Array.from(text, (letter) => escape(letter, quote)).join('')}${quote}`;
}

const LINE_LENGTH = 110;

/**
 * The literal on the right of `<left> = `. The formatter breaks the line of a long one by its width in columns; how wide a
 * letter is, every version of it says anew, so that a line that may be too long is kept as it is.
 */
export function pyAssigned(left: string, text: string): string {
  const literal = pyLiteral(text);
  // letters of Europe take one column; any other takes two at the most
  const columns = Array.from(literal, (letter) => ((letter.codePointAt(0) ?? 0) < 0x300 ? 1 : 2));
  const width = columns.reduce<number>((sum, column) => sum + column, `${left} = `.length);
  return width <= LINE_LENGTH ? literal : `${literal}  # fmt: skip`;
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
