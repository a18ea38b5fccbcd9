import { stringify } from 'yaml';

/** A YAML file under the notice: no anchors, no folding, keys in the order they came. */
export function yamlText(notice: string, document: object): string {
  return `# ${notice}\n${stringify(document, { aliasDuplicateObjects: false, lineWidth: 0 })}`;
}
