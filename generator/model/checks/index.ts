import type { OdooModels } from '../../odoo/models.ts';
import { shippedModels } from '../../odoo/shipped.ts';
import { useModels } from '../own-fields.ts';
import type { Report } from '../../spec/report.ts';
import type { Spec } from '../../spec/types.ts';
import { checkConsumption } from './consumption.ts';
import { checkEvents } from './events.ts';
import { checkFlows } from './flows.ts';
import { checkNames } from './names.ts';
import { PathChecker } from './paths.ts';
import { checkOwnFields } from './own-fields.ts';
import { checkPersonal } from './personal.ts';
import { checkTranslations } from './translations.ts';
import { checkDropped, checkSource } from './source.ts';
import { checkWrites } from './writes.ts';

/** Checks what the schema cannot: names that refer to names, scopes, kinds, values. */
export function checkMeaning(spec: Spec, report: Report, odoo?: OdooModels): void {
  const models = odoo ?? shippedModels();
  useModels(spec, models);
  const paths = new PathChecker(report);
  checkNames(spec, report);
  checkSource(spec, report);
  checkEvents(spec, paths, report);
  checkFlows(spec, paths, report);
  checkConsumption(spec, report);
  checkWrites(spec, report);
  checkDropped(spec, paths.used, report);
  checkPersonal(spec, paths, report);
  checkTranslations(spec, report);
  checkOwnFields(spec, models, report);
}
