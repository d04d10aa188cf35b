// Writes a guarded expression out again, the way a worker evaluates it: numbers are doubles, instants say that they are.
// To an operator there is one kind of number; CEL has three that do not meet, and a worker that evaluates knows no schema.
import type { ASTNode } from './cel.ts';
import { fieldOf, type FieldSchema } from './rule.ts';

/** The text of an expression that has passed the guards. */
export function printCondition(node: ASTNode, schema: FieldSchema): string {
  const print = (inner: ASTNode): string => printCondition(inner, schema);
  switch (node.op) {
    case 'value':
      return literal(node.args);
    case 'id':
      return node.args;
    case '.': {
      const path = pathOf(node);
      return fieldOf(path, schema)?.type === 'instant' ? `instant(${path})` : path;
    }
    case '[]':
      return `${print(node.args[0])}[int(${print(bare(node.args[1], 'int'))})]`;
    case 'list':
      return `[${node.args.map(print).join(', ')}]`;
    case 'call':
      return printCall(node, print);
    case 'rcall':
      return printMethod(node, print);
    case '?:':
      return `(${node.args.map(print)[0]} ? ${print(node.args[1])} : ${print(node.args[2])})`;
    case '!_':
      return `!(${print(node.args)})`;
    case '-_':
      return `-(${print(node.args)})`;
    case '&&':
    case '||':
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case 'in':
      return `(${printChain(node.op, node.args, print)})`;
    case 'map':
    case '.?':
    case '[?]':
      throw new Error(`the guards let ${node.op} pass`);
  }
}

type Print = (node: ASTNode) => string;

// `a && b && c` stands to the left: brackets at every step would make a long chain too deep to read.
function printChain(op: string, [left, right]: readonly [ASTNode, ASTNode], print: Print): string {
  const parts = [print(right)];
  let first = left;
  while (first.op === op) {
    const [next, last] = first.args as readonly [ASTNode, ASTNode];
    parts.push(print(last));
    first = next;
  }
  return [print(first), ...parts.reverse()].join(` ${op} `);
}

function printCall(node: ASTNode & { op: 'call' }, print: Print): string {
  const [name, args] = node.args;
  const [first] = args;
  if ((name === 'has' || name === 'instant') && first?.op === '.') return `${name}(${pathOf(first)})`;
  if (name === 'double' && first !== undefined && isCounted(first)) return print(first);
  const call = `${name}(${args.map(print).join(', ')})`;
  return isCounted(node) ? `double(${call})` : call;
}

/** True for what CEL counts in whole numbers. */
function isCounted(node: ASTNode): boolean {
  return (
    (node.op === 'call' && (node.args[0] === 'size' || node.args[0] === 'int')) ||
    (node.op === 'rcall' && node.args[0] === 'size')
  );
}

/** The argument of a conversion that is going to be written anyway, so that a text compiled twice stays as it is. */
function bare(node: ASTNode, name: string): ASTNode {
  const [only] = node.op === 'call' && node.args[0] === name ? node.args[1] : [];
  return only ?? node;
}

function printMethod(node: ASTNode & { op: 'rcall' }, print: Print): string {
  const [name, receiver, args] = node.args;
  const call = `${print(receiver)}.${name}(${args.map(print).join(', ')})`;
  return isCounted(node) ? `double(${call})` : call;
}

function pathOf(node: ASTNode & { op: '.' }): string {
  const [root, key] = node.args;
  return `${root.op === 'id' ? root.args : ''}.${key}`;
}

function literal(value: unknown): string {
  return typeof value === 'bigint' || typeof value === 'number'
    ? numberLiteral(Number(value))
    : JSON.stringify(value);
}

/** A number as a CEL double. */
export function numberLiteral(number: number): string {
  const text = String(number);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
