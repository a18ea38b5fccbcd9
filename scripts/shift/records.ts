import type { Asset } from './catalogue.ts';
import { double, eventDate, recordInstant } from './java-json.ts';

/** Records as the product's REST interface and its fat callbacks carry them. */

export type WorkOrderStatus = 'OPEN' | 'IN_PROGRESS' | 'ON_HOLD' | 'COMPLETE';

export interface WorkOrder {
  id: number;
  title: string;
  asset: Asset | null;
  priority: string;
  preventive: boolean;
  description: string | null;
  hours: number;
  createdAt: number;
  dueAt: number;
  status: WorkOrderStatus;
  completedAt: number | null;
}

const LOCATION = { id: 8, name: 'Packing', address: null, customId: 'L000008', parentId: null };
const TECHNICIAN = { id: 31, firstName: 'Nadia', lastName: 'Keller', image: null, phone: null };

export function assetRecord(
  asset: Asset,
  status: string,
  createdAt: number,
  updatedAt: number,
): Record<string, unknown> {
  return {
    id: asset.id,
    createdBy: 30,
    updatedBy: null,
    createdAt: recordInstant(createdAt),
    updatedAt: recordInstant(updatedAt),
    archived: false,
    hasChildren: false,
    description: asset.serial === null ? null : `${asset.name}, ${asset.model}`,
    image: null,
    location: LOCATION,
    parentAsset: null,
    area: null,
    barCode: null,
    nfcId: null,
    category: asset.category,
    name: asset.name,
    primaryUser: null,
    assignedTo: [],
    teams: [],
    vendors: [],
    customers: [],
    deprecation: null,
    warrantyExpirationDate: '2028-08-20T00:00:00.000+00:00',
    inServiceDate: '2026-08-20T00:00:00.000+00:00',
    additionalInfos: null,
    serialNumber: asset.serial,
    model: asset.model,
    status,
    acquisitionCost: double(4200.5),
    files: [],
    parts: [],
    power: '3 kW',
    manufacturer: null,
    customId: `A000${asset.id}`,
    customFieldValues: [],
  };
}

export function workOrderRecord(order: WorkOrder, updatedAt: number): Record<string, unknown> {
  const { asset } = order;
  return {
    id: order.id,
    createdBy: 31,
    updatedBy: 31,
    createdAt: recordInstant(order.createdAt),
    updatedAt: recordInstant(updatedAt),
    dueDate: eventDate(order.dueAt),
    priority: order.priority,
    estimatedDuration: double(order.hours),
    estimatedStartDate: null,
    description: order.description,
    title: order.title,
    requiredSignature: false,
    category: { id: 12, name: order.preventive ? 'Preventive' : 'Repair' },
    location: LOCATION,
    team: { id: 3, name: 'Day shift', users: [TECHNICIAN] },
    primaryUser: TECHNICIAN,
    assignedTo: [TECHNICIAN],
    customers: [],
    asset: asset && {
      id: asset.id,
      name: asset.name,
      customId: `A000${asset.id}`,
      parentId: null,
      locationId: 8,
    },
    files: [],
    image: null,
    customFieldValues: [],
    completedBy: order.status === 'COMPLETE' ? TECHNICIAN : null,
    completedOn: order.completedAt === null ? null : eventDate(order.completedAt),
    archived: false,
    parentRequest: null,
    parentPreventiveMaintenance: order.preventive ? { id: 66, name: 'Monthly check' } : null,
    signature: null,
    status: order.status,
    feedback: null,
    audioDescription: null,
    customId: `WO00${order.id}`,
  };
}
