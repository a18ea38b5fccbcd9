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

/** One JSON line per entry; fields are flat and snake_case, `event_id` where there is one. */
export function createLogger(level = 'info', stream: NodeJS.WritableStream = process.stdout): Logger {
  const logger = winston.createLogger({
    level,
    format: winston.format.combine(redact(), winston.format.timestamp(), winston.format.json()),
  });
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston declares its transports as interfaces
  return logger.add(new winston.transports.Stream({ stream }));
}

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
