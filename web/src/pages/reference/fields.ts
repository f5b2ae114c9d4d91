// SPDX-License-Identifier: Apache-2.0
/** A schema as rows of a table: nested members stand below their object, under their whole name. */
import { limitsOf, typeOf } from "./limits.ts";
import { resolve, type OpenApi, type Parameter, type Schema } from "./openapi.ts";

export interface Field {
  /** As in `samples[].action`; empty for what has no name, such as a list that is the whole answer. */
  name: string;
  type: string;
  /** Of a body, it must be sent; of an answer, it is always there. */
  required: boolean;
  limits: string[];
  description: string;
}

/** Alternatives stand beside each other, each under its title. */
export interface FieldList {
  title: string;
  fields: Field[];
}

const DEEPEST = 6;

/** The one that is left once null is taken away; null where there are several, or none. */
function onlyChoice(document: OpenApi, schema: Schema): Schema | null {
  const choices = (schema.anyOf ?? schema.oneOf ?? []).filter(
    (choice) => resolve(document, choice).type !== "null",
  );
  const [only] = choices;
  return choices.length === 1 && only !== undefined ? only : null;
}

interface Plain {
  schema: Schema;
  nullable: boolean;
}

/** Without references, and without "or null". */
function plain(document: OpenApi, given: Schema): Plain {
  const schema = resolve(document, given);
  const only = onlyChoice(document, schema);
  if (only !== null) {
    const inner = plain(document, only);
    const description = schema.description ?? inner.schema.description;
    const merged = { ...inner.schema, ...(description !== undefined && { description }) };
    return { schema: merged, nullable: true };
  }
  const types = Array.isArray(schema.type) ? schema.type : [];
  return { schema, nullable: types.includes("null") && types.length > 1 };
}

class Walk {
  readonly fields: Field[] = [];

  constructor(private readonly document: OpenApi) {}

  private add(name: string, given: Schema, required: boolean): Plain {
    const found = plain(this.document, given);
    const { schema, nullable } = found;
    const items = schema.items === undefined ? undefined : plain(this.document, schema.items);
    this.fields.push({
      name,
      type: typeOf(schema, nullable, items?.schema),
      required,
      limits: limitsOf(schema, items?.schema),
      description: schema.description ?? (items?.schema.properties ? "" : (items?.schema.description ?? "")),
    });
    return found;
  }

  /** What is inside of the field of that name. */
  private enter(name: string, schema: Schema, depth: number): void {
    if (depth > DEEPEST) return;
    if (schema.items !== undefined) {
      this.enter(`${name}[]`, plain(this.document, schema.items).schema, depth + 1);
      return;
    }
    const required = schema.required ?? [];
    for (const [key, member] of Object.entries(schema.properties ?? {})) {
      const path = name === "" ? key : `${name}.${key}`;
      const found = this.add(path, member, required.includes(key));
      this.enter(path, found.schema, depth + 1);
    }
    if (typeof schema.additionalProperties === "object") {
      const path = name === "" ? "*" : `${name}.*`;
      const found = this.add(path, schema.additionalProperties, false);
      this.enter(path, found.schema, depth + 1);
    }
  }

  root(given: Schema): void {
    const { schema } = plain(this.document, given);
    if (schema.properties === undefined) this.add("", given, true);
    this.enter("", schema, 0);
  }
}

function flatten(document: OpenApi, schema: Schema): Field[] {
  const walk = new Walk(document);
  walk.root(schema);
  return walk.fields;
}

/** The fields of a body. Of what can be one of several, a list for each. */
export function fieldLists(document: OpenApi, given: Schema): FieldList[] {
  const schema = resolve(document, given);
  const choices = schema.anyOf ?? schema.oneOf ?? [];
  if (choices.length < 2 || onlyChoice(document, schema) !== null)
    return [{ title: "", fields: flatten(document, schema) }];
  return choices.map((choice, place) => ({
    title: resolve(document, choice).title ?? `Form ${place + 1}`,
    fields: flatten(document, choice),
  }));
}

/** A parameter of the path, the query or a header as a row. */
export function parameterField(document: OpenApi, given: Parameter): Field {
  const parameter = resolve(document, given);
  const { schema, nullable } = plain(document, parameter.schema ?? {});
  return {
    name: parameter.name,
    type: typeOf(schema, nullable),
    required: parameter.required === true,
    limits: limitsOf(schema),
    description: parameter.description ?? schema.description ?? "",
  };
}
