/** The texts of the templates in other languages; a test finds what is missing. */
export const CATALOGUE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  de: {
    'A record of the source has one row per backend.': 'Ein Datensatz der Quelle hat eine Zeile je Backend.',
    'At the source': 'In der Quelle',
    Backend: 'Backend',
    Conflicts: 'Konflikte',
    'Dead letters': 'Unzustellbar',
    Done: 'Erledigt',
    Equipment: 'Ausrüstung',
    Held: 'Angehalten',
    Here: 'Hier',
    'Maintenance request': 'Instandhaltungsanfrage',
    Messages: 'Nachrichten',
    Outgoing: 'Ausgehend',
    Pending: 'Ausstehend',
    Plant: 'Werk',
    Queue: 'Warteschlange',
    State: 'Status',
    'Stock move': 'Lagerbuchung',
  },
};
