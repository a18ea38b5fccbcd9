import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';

/** The floor: reads a spec as YAML and writes files that are known already. With their contents alone it only starts. */
const [contents = '', spec, out] = process.argv.slice(2);
const files = JSON.parse(readFileSync(contents, 'utf8')) as [string, string][];
if (spec !== undefined && out !== undefined) {
  parse(readFileSync(spec, 'utf8'));
  for (const [path, content] of files) {
    mkdirSync(dirname(join(out, path)), { recursive: true });
    writeFileSync(join(out, path), content);
  }
}
