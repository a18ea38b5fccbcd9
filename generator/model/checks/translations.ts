import { show } from '../../spec/report.ts';
import type { Report } from '../../spec/report.ts';
import type { AddedField, Spec } from '../../spec/types.ts';

/** What people see of a field that is added to a record. */
export function addedTexts({ title, help, values }: AddedField): string[] {
  return [title, ...(help === undefined ? [] : [help]), ...Object.values(values ?? {})];
}

/** A language is translated as a whole: half a screen in another language helps nobody. */
export function checkTranslations(spec: Spec, report: Report): void {
  const titles = new Set(
    Object.values(spec.flows).flatMap((flow) => [
      flow.title,
      ...Object.values(flow.columns ?? {}).map((column) => column.title),
      ...Object.values(flow.fields ?? {}).flatMap(({ field }) =>
        field === undefined ? [] : addedTexts(field),
      ),
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
