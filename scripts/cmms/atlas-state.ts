/** What the product's database holds, as its REST interface shows it: a record becomes readable when its transaction commits. */

export interface PublishOptions {
  /** The product sends from inside the transaction: the new state can be read this much later (milliseconds). */
  visibleInMs?: number;
  /** Orders states of one path, so that publishing late cannot bring an old state back. Text that sorts by time. */
  version?: string;
}

interface Publication {
  body: unknown;
  version: string;
  visibleAt: number;
}

export interface SearchRequest {
  filterFields?: { field: string; operation: string; value?: unknown; values?: unknown[] }[];
  sortField?: string;
  direction?: 'ASC' | 'DESC';
  pageNum?: number;
  pageSize?: number;
}

type Row = Record<string, unknown>;

export class AtlasState {
  readonly #now: () => number;
  readonly #publications = new Map<string, Publication[]>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Commits a state of a record (`null`: the record is gone) under its REST path. */
  publish(path: string, body: unknown, options: PublishOptions = {}): void {
    const publication = {
      body,
      version: options.version ?? '',
      visibleAt: this.#now() + (options.visibleInMs ?? 0),
    };
    const known = this.#publications.get(path) ?? [];
    known.push(publication);
    this.#publications.set(path, known);
  }

  /** The newest visible state; `undefined` when nothing is visible (not committed, deleted, never there). */
  read(path: string): unknown {
    const now = this.#now();
    let newest: Publication | undefined;
    for (const publication of this.#publications.get(path) ?? []) {
      if (publication.visibleAt <= now && (newest === undefined || publication.version >= newest.version))
        newest = publication;
    }
    return newest?.body ?? undefined;
  }

  /** The page object of `POST /<collection>/search`. */
  search(collection: string, request: SearchRequest): Row {
    const rows = [...this.#publications.keys()]
      .filter((path) => path.startsWith(`/${collection}/`) && path.split('/').length === 3)
      .map((path) => this.read(path))
      .filter((row): row is Row => typeof row === 'object' && row !== null)
      .filter((row) => (request.filterFields ?? []).every((filter) => matches(row, filter)));
    const field = request.sortField ?? 'id';
    const sign = request.direction === 'DESC' ? -1 : 1;
    rows.sort((a, b) => sign * order(a[field], b[field]));
    return pageOf(rows, request.pageNum ?? 0, request.pageSize ?? 10);
  }
}

function matches(row: Row, filter: NonNullable<SearchRequest['filterFields']>[number]): boolean {
  const found = row[filter.field];
  if (filter.operation === 'in') return (filter.values ?? []).includes(found);
  if (filter.operation === 'eq') return found === filter.value;
  throw new TypeError(`The played CMMS knows the operations "in" and "eq", not "${filter.operation}".`);
}

function order(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

function pageOf(rows: Row[], number: number, size: number): Row {
  const content = rows.slice(number * size, (number + 1) * size);
  const totalPages = Math.ceil(rows.length / size);
  return {
    content,
    number,
    size,
    numberOfElements: content.length,
    totalElements: rows.length,
    totalPages,
    first: number === 0,
    last: number >= totalPages - 1,
    empty: content.length === 0,
  };
}
