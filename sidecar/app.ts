import express, { type Express } from 'express';
import { adminRoutes, type AdminDeps } from './http/admin.ts';
import { callbacks, type CallbackDeps } from './http/callbacks.ts';
import { errorHandler, sendJson } from './http/errors.ts';
import { live, metricsPage, ready, type HealthDeps } from './http/health.ts';
import type { Logger } from './logger.ts';

/** The public application; nothing listens here. */
export function createApp(deps: CallbackDeps & HealthDeps): Express {
  const app = bareApp();
  app.all('/callbacks/:backend{/*path}', callbacks(deps));
  app.get('/health/live', live);
  app.get('/health/ready', ready(deps));
  app.get('/metrics', metricsPage(deps));
  return finish(app, deps.log);
}

/** The application of the admin port. */
export function createAdminApp(deps: AdminDeps): Express {
  const app = bareApp();
  app.use(adminRoutes(deps));
  return finish(app, deps.log);
}

function bareApp(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  return app;
}

function finish(app: Express, log: Logger): Express {
  app.use((_req, res) => {
    sendJson(res, 404, { error: { code: 'not_found', message: 'No such address' } });
  });
  app.use(errorHandler(log));
  return app;
}
