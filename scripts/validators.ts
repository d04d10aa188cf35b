// Puts validators that were made ahead of time in the place of engine/compile/validators.ts: a page may not make code at run time.
// Their meaning is that of the file they replace; a test compares the two.
import { Ajv2020, _ } from 'ajv/dist/2020.js';
import { default as standalone } from 'ajv/dist/standalone/index.js';
import { formats } from '../engine/compile/formats.ts';
import { documentSchema } from '../engine/compile/schema.ts';
import { AJV_OPTIONS } from '../engine/compile/validators.ts';
import { steps } from '../engine/steps/index.ts';

/** A Vite plugin; `file` is the path of the module that is replaced. */
export const validatorsAheadOfTime = (file: string) => ({
  name: 'validators-ahead-of-time',
  load: (id: string) => (id.split('?')[0] === file ? validatorsModule() : null),
});

/** The source of a module with the same `validatorsOf`, for the product's own steps. */
export function validatorsModule(): string {
  const ajv = new Ajv2020({
    ...AJV_OPTIONS,
    code: { source: true, esm: true, formats: _`formats` },
  });
  for (const [name, format] of Object.entries(formats)) ajv.addFormat(name, format);
  const names: Record<string, string> = {};
  ajv.addSchema(documentSchema(), 'document');
  names['validate_document'] = 'document';
  for (const [type, { config }] of Object.entries(steps)) {
    ajv.addSchema({ ...config }, type);
    names[`validate_${type.replaceAll('-', '_')}`] = type;
  }
  const make = standalone as unknown as (ajv: Ajv2020, names: Record<string, string>) => string;
  const table = Object.entries(names)
    .filter(([, type]) => type !== 'document')
    .map(([name, type]) => `${JSON.stringify(type)}: ${name}`);
  const { imports, code } = withImports(make(ajv, names));
  return `import { formats } from './formats.ts';
${imports}
${code}
const check = (validate) => (value) => (validate(value) ? [] : (validate.errors ?? []));
const configs = { ${table.join(', ')} };
const validators = { document: check(validate_document), config: (type) => check(configs[type]) };
export const validatorsOf = () => validators;
`;
}

/** ajv asks for its small helpers as Node does; a browser's modules import them. */
function withImports(source: string): { readonly imports: string; readonly code: string } {
  const helpers = new Map<string, string>();
  const code = source.replaceAll(
    /require\("(ajv\/dist\/runtime\/(\w+))"\)\.default/g,
    (_whole, file, name) => {
      helpers.set(String(file), `helper_${String(name)}`);
      return `helper_${String(name)}`;
    },
  );
  const imports = [...helpers].map(
    ([file, name]) => `import ${name}_ from '${file}.js';\nconst ${name} = ${name}_.default ?? ${name}_;`,
  );
  return { imports: imports.join('\n'), code };
}
