import { z } from 'zod';
import { scenarioShape } from './shape.js';

/** The part of a JSON Schema (draft 7) that our shapes produce. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly propertyNames?: JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

let made: JsonSchema | undefined;

/** JSON Schema (draft 7) of the written form, for editors. Made from the shapes that the parser uses; frozen. */
export function scenarioJsonSchema(): JsonSchema {
  made ??= Object.freeze({
    title: 'Firstbell scenario',
    ...(z.toJSONSchema(scenarioShape, { target: 'draft-7', io: 'input' }) as JsonSchema),
  });
  return made;
}
