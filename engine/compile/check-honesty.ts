// Honesty and compliance that no single step can see.
import type { DocumentChecks, Setting } from './check-document.ts';
export function checkHonesty(_checks: Omit<DocumentChecks, 'graphs'> & Setting): void {}
