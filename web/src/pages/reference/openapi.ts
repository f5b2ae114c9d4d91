// SPDX-License-Identifier: Apache-2.0
/** As much of an OpenAPI document as ours uses, and the way through its references. */

export interface Schema {
  $ref?: string;
  title?: string;
  description?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  minProperties?: number;
}

export interface Example {
  summary?: string;
  value?: unknown;
}

export interface Media {
  schema?: Schema;
  example?: unknown;
  examples?: Record<string, Example>;
}

export interface Parameter {
  $ref?: string;
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema?: Schema;
  example?: unknown;
}

export interface Response {
  $ref?: string;
  description: string;
  content?: Record<string, Media>;
}

export interface RequestBody {
  $ref?: string;
  description?: string;
  required?: boolean;
  content: Record<string, Media>;
}

/** Of these one will do; each names the schemes that it takes together. */
export type Security = Record<string, string[]>[];

export interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  security?: Security;
  parameters?: Parameter[];
  requestBody?: RequestBody;
  responses: Record<string, Response>;
  "x-behalfid-roles"?: string[];
}

export const METHODS = ["get", "post", "put", "patch", "delete"] as const;
export type Method = (typeof METHODS)[number];

export interface OpenApi {
  info: { title: string; version: string; description?: string };
  tags: { name: string; description?: string }[];
  security?: Security;
  paths: Record<string, Partial<Record<Method, Operation>> & { parameters?: Parameter[] }>;
  /** By type, what is sent to endpoints that want it. */
  webhooks?: Record<string, { post: Operation }>;
  components: { securitySchemes?: Record<string, { description?: string }> } & Record<string, unknown>;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function find(document: OpenApi, ref: string): Record<string, unknown> {
  let at: unknown = document;
  for (const part of ref.replace(/^#\//, "").split("/")) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    at = isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  }
  if (!isObject(at)) throw new Error(`${ref} leads nowhere`);
  return at;
}

/** The object that a reference means. What stands beside the reference wins. */
export function resolve<T extends { $ref?: string }>(document: OpenApi, object: T): T {
  let at = object;
  for (let steps = 0; at.$ref !== undefined; steps++) {
    if (steps > 8) throw new Error(`${at.$ref} leads in a circle`);
    const { $ref, ...beside } = at;
    at = { ...find(document, $ref), ...beside } as unknown as T;
  }
  return at;
}
