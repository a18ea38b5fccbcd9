import type { FieldMapping, Flow, Literal, Spec } from '../spec/types.ts';
import { asList } from '../spec/types.ts';
import { METHODS, OPERATIONS, outValue } from '../spec/write-types.ts';
import type {
  Capture,
  Out,
  OutAnswer,
  OutCall,
  OutLookUp,
  OutValue,
  WriteToken,
} from '../spec/write-types.ts';
import type { Json } from './canonical-json.ts';
import { parseDuration } from './duration.ts';
import { conditions } from './input-contract.ts';
import { kindOf } from './kinds.ts';
import { lower, lowered, pageContract } from './source-contract.ts';

type Doc = { [key: string]: Json };

export const SETTLE = '30s';

/** `writes` of contract.json, or nothing when no flow goes outward, so that a contract without it stays what it was. */
export function writesContract(spec: Spec): Doc {
  const flows = Object.entries(spec.flows).flatMap(([name, flow]) =>
    flow.out === undefined ? [] : [[name, outContract(flow, flow.out)] as const],
  );
  if (flows.length === 0) return {};
  const token = spec.source.write?.token;
  return {
    writes: {
      token: token === undefined ? null : tokenContract(token),
      flows: Object.fromEntries(flows),
    },
  };
}

function tokenContract({ get, header, ask, cookies, refused }: WriteToken): Doc {
  return {
    path: get,
    header: lower(header),
    ask: ask ?? 'Fetch',
    cookies: cookies ?? true,
    refused: [...(refused ?? [403])],
  };
}

function outContract(flow: Flow, out: Out): Doc {
  const { external_id: external, echo, look_up: search } = out;
  const calls = OPERATIONS.map(
    (operation) => [operation, out[operation]?.map(callContract) ?? null] as const,
  );
  return {
    external_id:
      external === undefined ? null : { separator: external.separator, names: [...external.names] },
    values: Object.fromEntries(
      Object.entries(out.values).map(([name, value]) => [name, valueContract(flow, outValue(value))]),
    ),
    look_up: search === undefined || search.none !== undefined ? null : lookUpContract(search),
    echo: {
      query: { ...echo.query },
      headers: lowered(echo.headers),
      remember: echo.remember ?? false,
    },
    answers: answersContract(out.answers),
    ...Object.fromEntries(calls),
    assumed: out.assumed ?? null,
  };
}

const AS: Readonly<Record<string, string>> = { decimal: 'number', quantity: 'number' };

function valueContract(flow: Flow, value: OutValue): Doc {
  const field = value.field === undefined ? undefined : kindOf(flow.kind).fields[value.field];
  const type = field?.type ?? 'constant';
  const moment = type === 'date' || type === 'datetime';
  const number = type === 'decimal' || type === 'quantity';
  return {
    field: value.field ?? null,
    value: literal(value.value),
    type,
    as: value.as ?? AS[type] ?? 'text',
    map: mapContract(flow, value),
    number: number ? { factor: value.factor ?? '1', decimals: value.decimals ?? null } : null,
    unit: value.unit ?? (field?.measure === 'hours' ? 'hours' : null),
    format: moment ? (value.format ?? 'iso') : null,
    time_zone: moment ? (value.time_zone ?? 'UTC') : null,
    inside: value.inside ?? null,
    absent: value.absent ?? 'omit',
    null: value.null ?? 'write',
    always: value.always ?? false,
  };
}

/** A contract holds whole numbers only. */
function literal(value: Literal | undefined): Json {
  return value ?? null;
}

function mapContract(flow: Flow, value: OutValue): Json {
  if (value.map === undefined) return null;
  return value.map === 'reversed' ? (reversedMap(flow, value.field ?? '')?.map ?? {}) : { ...value.map };
}

/** The canonical words by the product's; `twice` are words that several of the product's mean. */
export function reversedMap(
  flow: Flow,
  field: string,
): { map: Record<string, string>; twice: readonly string[] } | undefined {
  const mappings: (FieldMapping | undefined)[] = [
    flow.fields?.[field],
    ...Object.values(flow.inputs).map((input) => input.fields?.[field]),
  ];
  const given = mappings.find((mapping) => mapping?.map !== undefined)?.map;
  if (given === undefined) return undefined;
  const map: Record<string, string> = {};
  const twice = new Set<string>();
  for (const [word, canonical] of Object.entries(given)) {
    if (Object.hasOwn(map, canonical)) twice.add(canonical);
    map[canonical] ??= word;
  }
  return { map, twice: [...twice] };
}

function callContract(call: OutCall): Doc {
  const method = METHODS.find((name) => call[name] !== undefined) ?? 'get';
  const address = call[method] ?? '/';
  const whole = address.startsWith('{');
  return {
    as: call.as,
    method: method.toUpperCase(),
    path: whole ? null : address,
    url: whole ? address : null,
    query: { ...call.query },
    headers: lowered(call.headers),
    override: call.override === undefined ? null : lower(call.override),
    body: (call.body as Json | undefined) ?? null,
    wrap: asList(call.wrap),
    partial: call.partial ?? false,
    when: conditions(call.when),
    answers: answersContract(call.answers),
    capture: captureContract(call.capture),
  };
}

function captureContract(capture: Capture | undefined): Doc {
  return { external_id: asList(capture?.external_id), version: asList(capture?.version) };
}

function answersContract(answers: readonly OutAnswer[] | undefined): Json {
  return (answers ?? []).map(({ status, when, then, code }) => ({
    status: [...(status ?? [])],
    when: conditions(when),
    then,
    code: code ?? null,
  }));
}

function lookUpContract(rule: OutLookUp): Doc {
  return {
    method: rule.post === undefined ? 'GET' : 'POST',
    path: rule.post ?? rule.get ?? '/',
    query: { ...rule.query },
    headers: lowered(rule.headers),
    body: (rule.body as Json | undefined) ?? null,
    page: rule.page === undefined ? null : pageContract(rule.page),
    items: asList(rule.items),
    where: conditions(rule.where),
    capture: captureContract(rule.capture),
    settle_seconds: parseDuration(rule.settle ?? SETTLE) ?? 0,
  };
}
