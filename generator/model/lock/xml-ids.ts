/** The XML ids of an addon, as its templates write them; a test compares the two. */

export const MENU_ID = 'menu_root';

const OF_FLOW: readonly ((flow: string, table: string) => string)[] = [
  ...[
    'view_list',
    'view_form',
    'view_search',
    'view_pivot',
    'view_graph',
    'action',
    'menu',
    'company_rule',
    'backend_rule',
  ].map((suffix) => (flow: string) => `${flow}_${suffix}`),
  ...['viewer', 'operator', 'manager', 'technical'].map(
    (group) => (_flow: string, table: string) => `access_${table}_${group}`,
  ),
];

export function flowXmlIds(flow: string, table: string): string[] {
  return OF_FLOW.map((id) => id(flow, table));
}
