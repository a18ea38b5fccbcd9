import winston from 'winston';

export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/** Never leaves this process, whoever logs it by mistake. */
const FORBIDDEN = /^(authorization|signature|secret|payload|body|raw|api_key|credential|token)$/i;

const redact = winston.format((info) => {
  for (const key of Object.keys(info)) if (FORBIDDEN.test(key)) info[key] = '[redacted]';
  return info;
});

/** One JSON line per entry on standard output; fields are flat and snake_case, `event_id` where there is one. */
export function createLogger(level = 'info', stream?: NodeJS.WritableStream): Logger {
  const transport = stream ? new winston.transports.Stream({ stream }) : new winston.transports.Console();
  return winston.createLogger({
    level,
    format: winston.format.combine(redact(), winston.format.timestamp(), winston.format.json()),
    transports: [transport],
  });
}

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
