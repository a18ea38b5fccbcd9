/** Reading of apt's source files, both formats. Pure. */

/** A mirror as apt's sources name it. */
export interface AptSource {
  uri: string;
  suites: string[];
  components: string[];
}

/** Reads deb822 stanzas (`debian.sources`): comments, continuation lines, several URIs, `Enabled: no`. */
export function parseDeb822(text: string): AptSource[] {
  const found: AptSource[] = [];
  const withoutComments = text.replace(/^#.*\n?/gm, '');
  for (const stanza of withoutComments.split(/\n[ \t]*\n/)) {
    const fields = new Map<string, string[]>();
    for (const line of stanza.replace(/\n[ \t]+/g, ' ').split('\n')) {
      const colon = line.indexOf(':');
      if (colon < 1) continue;
      const words = line
        .slice(colon + 1)
        .trim()
        .split(/\s+/);
      fields.set(
        line.slice(0, colon).trim().toLowerCase(),
        words.filter((word) => word !== ''),
      );
    }
    if (['no', 'false', '0'].includes(fields.get('enabled')?.[0]?.toLowerCase() ?? 'yes')) continue;
    if (!(fields.get('types') ?? []).includes('deb')) continue;
    for (const uri of fields.get('uris') ?? []) {
      found.push({ uri, suites: fields.get('suites') ?? [], components: fields.get('components') ?? [] });
    }
  }
  return found;
}

/** Reads one-line entries (`sources.list`): `deb [options] uri suite component…`. */
export function parseOneLine(text: string): AptSource[] {
  const found: AptSource[] = [];
  for (const raw of text.split('\n')) {
    const line = raw.replace(/#.*$/, '').trim();
    const match = /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(.+)$/.exec(line);
    if (match === null) continue;
    const [, uri, rest] = match;
    if (uri === undefined || rest === undefined) continue;
    const [suite, ...components] = rest.trim().split(/\s+/);
    found.push({ uri, suites: suite === undefined ? [] : [suite], components });
  }
  return found;
}

/** Reads a source file by its name's ending: `.sources` is deb822, everything else one-line. */
export function parseSources(fileName: string, text: string): AptSource[] {
  return fileName.endsWith('.sources') ? parseDeb822(text) : parseOneLine(text);
}

/**
 * The mirror that carries Debian itself: the one with a suite of the main archive (not security, not a backport or a
 * third party's). Undefined when there is none.
 */
export function debianMirror(sources: AptSource[], codename: string): string | undefined {
  const main = sources.filter((source) => source.components.includes('main'));
  const exact = main.find((source) => source.suites.includes(codename));
  const stable = main.find((source) =>
    source.suites.some((suite) => ['stable', 'oldstable'].includes(suite)),
  );
  return (exact ?? stable)?.uri;
}
