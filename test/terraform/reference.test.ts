/** What the documents say of the modules. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { DOCUMENTED, parseModule, withReference, type Module } from '../../terraform/reference.ts';
import { ROOT } from './workplace.ts';

/** Whoever formats the document may align its tables. */
const withoutAlignment = (text: string) => text.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---');

describe.each(DOCUMENTED.map((folder) => [folder.slice(ROOT.length), folder]))('%s', (_, folder) => {
  let module: Module;
  beforeAll(async () => {
    module = await parseModule(folder);
  });

  it('has a reference that is current: npm run docs:terraform', () => {
    const text = readFileSync(join(folder, 'README.md'), 'utf8');
    expect(withoutAlignment(text)).toBe(withoutAlignment(withReference(text, module)));
  });

  it('describes each variable and each output, in a sentence', () => {
    const described = [...module.variables, ...module.outputs];
    expect(described.length).toBeGreaterThan(10);
    expect(described.filter(({ description }) => !/^[A-Z`].{15,}[.?]$/.test(description))).toEqual([]);
  });

  it('gives each variable a type', () => {
    expect(module.variables.filter(({ type }) => type.includes('any'))).toEqual([]);
  });
});

describe('docs/playbooks', () => {
  const alerts = ['alerts.tf', 'alerts_changes.tf', 'foreign_mints.tf', 'slo.tf'].map((name) =>
    readFileSync(join(ROOT, 'terraform', name), 'utf8'),
  );
  const pages = readdirSync(join(ROOT, 'docs/playbooks')).filter((name) => name !== 'README.md');
  const index = readFileSync(join(ROOT, 'docs/playbooks/README.md'), 'utf8');

  it.each(pages)('%s is the page of an alert, has its title, and is in the list', (page) => {
    const text = readFileSync(join(ROOT, 'docs/playbooks', page), 'utf8');
    const title = /^# (.*)$/m.exec(text)?.[1] ?? '';
    expect(alerts.join('\n')).toContain(`"${title}"`);
    expect(index).toMatch(new RegExp(`\\| ${title} +\\| \\[[a-z-]+\\]\\(${page}\\)`));
  });

  it.each(pages)('%s names variables that the list of pages exports, and no other', (page) => {
    const text = readFileSync(join(ROOT, 'docs/playbooks', page), 'utf8');
    const used = Array.from(text.matchAll(/\$\{?([A-Z_]+)/g), ([, name]) => name);
    const exported = Array.from(index.matchAll(/([A-Z]+)=/g), ([, name]) => name);
    expect(used.filter((name) => !exported.includes(name))).toEqual([]);
    expect(existsSync(join(ROOT, 'docs/playbooks', page))).toBe(true);
  });
});
