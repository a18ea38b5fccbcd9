import type { EventName, Scheme } from '../../spec/source-types.ts';
import type { EventSpec, Spec } from '../../spec/types.ts';
import { asList } from '../../spec/types.ts';
import type { Json } from '../canonical-json.ts';
import { componentName, dataSchema } from './schemas.ts';
import type { Doc } from './schemas.ts';

const MANY = 'Several verifications hold together: a callback has to pass each of them.';

/** AsyncAPI 3.0 of what the product sends to the sidecar: a channel and an operation for each callback. */
export function asyncApi(spec: Spec): Doc {
  const { title, version } = spec.connector;
  const events = Object.entries(spec.source.events);
  const schemes = securitySchemes(asList(spec.source.verify));
  const security = Object.keys(schemes).map((name) => ({ $ref: `#/components/securitySchemes/${name}` }));
  return {
    asyncapi: '3.0.0',
    info: { title: `${title}: callbacks`, version, description: proofs(asList(spec.source.verify)) },
    defaultContentType: contentType(spec),
    channels: Object.fromEntries(events.map(([name]) => [componentName(name), channel(spec, name)])),
    operations: Object.fromEntries(
      events.map(([name]) => [componentName(name), operation(spec, name, security)]),
    ),
    components: {
      messages: Object.fromEntries(
        events.map(([name, event]) => [componentName(name), message(spec, name, event)]),
      ),
      securitySchemes: schemes,
    },
  };
}

function contentType(spec: Spec): string {
  return spec.source.accept?.format === 'cloudevents' ? 'application/cloudevents+json' : 'application/json';
}

function channel(spec: Spec, name: string): Doc {
  const { address, parameters } = place(spec, name);
  const key = componentName(name);
  return { address, messages: { [key]: { $ref: `#/components/messages/${key}` } }, parameters };
}

/** Below the callback address stand the segments that the token and the event's name are read from. */
function place(spec: Spec, name: string): { address: string; parameters: Doc } {
  const segments: string[] = [];
  const parameters: Doc = { backend: { description: 'Code of the backend in Odoo.' } };
  for (const scheme of asList(spec.source.verify)) {
    if (scheme.profile !== 'path_token') continue;
    segments[scheme.segment ?? 0] = '{token}';
    parameters.token = { description: 'The secret of the backend.' };
  }
  const names = asList(spec.source.event_name);
  const source = names.length === 1 ? names[0] : undefined;
  if (source?.segment !== undefined) {
    segments[source.segment] = '{event}';
    parameters.event = { enum: written(source, name) };
  }
  const filled = Array.from(segments, (segment, index) => {
    if ((segment as string | undefined) !== undefined) return segment;
    parameters[`segment_${index}`] = { description: 'Any text.' };
    return `{segment_${index}}`;
  });
  return { address: ['/callbacks/{backend}', ...filled].join('/'), parameters };
}

/** What the sender writes for an event. */
function written(source: EventName, name: string): string[] {
  if (source.map === undefined) return [name];
  const words = Object.entries(source.map).filter(([, event]) => event === name);
  return words.map(([word]) => word);
}

function operation(spec: Spec, name: string, security: Json[]): Doc {
  const key = componentName(name);
  const methods = spec.source.accept?.methods ?? ['POST'];
  return {
    action: 'receive',
    channel: { $ref: `#/channels/${key}` },
    messages: [{ $ref: `#/channels/${key}/messages/${key}` }],
    ...(methods.length === 1
      ? { bindings: { http: { method: methods[0] ?? 'POST', bindingVersion: '0.3.0' } } }
      : {}),
    ...(security.length > 0 ? { security } : {}),
  };
}

function message(spec: Spec, name: string, event: EventSpec): Doc {
  const headers = headerSchema(asList(spec.source.event_name), name);
  return {
    name,
    title: name,
    summary: `What has to be in a callback ${name}; it may have more.`,
    ...(headers === undefined ? {} : { headers }),
    payload: body(spec, dataSchema(event)),
  };
}

/** The body around the data of an event: a CloudEvent, or records, one or a list, at the paths that are told. */
function body(spec: Spec, data: Doc): Doc {
  const [first, ...others] = asList(spec.source.records).map((path) => holding(path, data));
  const whole = first === undefined ? data : others.length === 0 ? first : { anyOf: [first, ...others] };
  return spec.source.accept?.format === 'cloudevents' ? cloudEvent(whole) : whole;
}

function holding(path: string, data: Doc): Doc {
  const list: Doc = { anyOf: [{ type: 'array', items: data }, data] };
  return path
    .split('.')
    .slice(1)
    .reduceRight<Doc>((inner, step) => ({ type: 'object', properties: { [step]: inner } }), list);
}

function cloudEvent(data: Doc): Doc {
  const text = { type: 'string', minLength: 1 };
  return {
    type: 'object',
    required: ['specversion', 'id', 'source', 'type', 'data'],
    properties: { specversion: { const: '1.0' }, id: text, source: text, type: text, data },
  };
}

/** Only where a header alone says which event it is. */
function headerSchema(names: readonly EventName[], name: string): Doc | undefined {
  const header = names.length === 1 ? names[0]?.header : undefined;
  const source = names[0];
  if (header === undefined || source === undefined) return undefined;
  const values = written(source, name);
  const property = { type: 'string', ...(values.length > 0 ? { enum: values } : {}) };
  return { type: 'object', required: [header], properties: { [header]: property } };
}

function proofs(schemes: readonly Scheme[]): string {
  const open = schemes.flatMap((scheme) => {
    if (scheme.profile === 'ip_list') return [`Taken from ${(scheme.networks ?? []).join(', ')} only.`];
    if (scheme.profile === 'path_token') return ['The address carries a secret.'];
    return scheme.profile === 'none' ? ['Nothing proves who sends.'] : [];
  });
  const start = 'What the product sends to the sidecar.';
  return [start, ...open, ...(schemes.length > 1 ? [MANY] : [])].join(' ');
}

/** Address lists, tokens in the address and no proof at all have no scheme; the description says them. */
function securitySchemes(schemes: readonly Scheme[]): Doc {
  const all = schemes.flatMap((scheme, index) => {
    const rendered = securityScheme(scheme);
    return rendered === undefined ? [] : [[`${scheme.profile}_${index + 1}`, rendered] as const];
  });
  return Object.fromEntries(all);
}

function securityScheme(scheme: Scheme): Doc | undefined {
  switch (scheme.profile) {
    case 'none':
    case 'ip_list':
    case 'path_token':
      return undefined;
    case 'basic':
    case 'bearer':
      return { type: 'http', scheme: scheme.profile };
    case 'jwt':
      return { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' };
    case 'header':
      return apiKey(scheme.header ?? '', 'The secret of the backend.');
    default: {
      const encoding = scheme.signature?.encoding ?? scheme.encoding ?? 'hex';
      const algorithm = scheme.algorithm ?? 'sha256';
      return apiKey(
        scheme.signature?.header ?? scheme.header ?? '',
        `Signature (${scheme.profile}, ${algorithm}, ${encoding}) under the secret of the backend.`,
      );
    }
  }
}

function apiKey(name: string, description: string): Doc {
  return { type: 'httpApiKey', in: 'header', name, description };
}
