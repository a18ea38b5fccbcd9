import { show } from '../../spec/report.ts';
import type { Report } from '../../spec/report.ts';
import type { Spec } from '../../spec/types.ts';

/** A language is translated as a whole: half a screen in another language helps nobody. */
export function checkTranslations(spec: Spec, report: Report): void {
  const titles = new Set(
    Object.values(spec.flows).flatMap((flow) => [
      flow.title,
      ...Object.values(flow.columns ?? {}).map((column) => column.title),
    ]),
  );
  for (const [language, texts] of Object.entries(spec.translations ?? {})) {
    const place = ['translations', language];
    for (const title of titles) {
      if (Object.hasOwn(texts, title)) continue;
      report.add('translation-missing', place, {
        found: `no ${show(title)}`,
        expected: show(title),
        part: 'key',
      });
    }
    const names = [...titles];
    for (const text of Object.keys(texts)) {
      if (titles.has(text)) continue;
      const expected = 'a title of the spec';
      report.add('translation-unknown', [...place, text], {
        found: show(text),
        expected,
        names,
        name: text,
        part: 'key',
      });
    }
  }
}
