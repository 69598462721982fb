import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { textOfDocument } from '../../../admin/documents/document-text.ts';
import { htmlPage } from '../../../admin/reach/picture/html-page.ts';
import type { Pictured } from '../../../admin/reach/picture/pictured.ts';
import { svgDocument } from '../../../admin/reach/picture/svg-document.ts';
import { survey, type Selection, type Stored } from '../../../admin/reach/survey.ts';
import { shortened } from '../../../admin/reach/picture/svg-text.ts';
import { NOW } from '../../support/domain/clock.ts';
import { describeWithChromium } from '../../support/chromium/describe-with-chromium.ts';
import { FLEET, PIN, READ, target } from '../grants-texts.ts';
import { account, company } from './company.ts';
import { laidOut, overlaps } from './laid-out.ts';

const setting = { now: NOW, ceilings: { signers: undefined, subjects: undefined, scopes: undefined } };
const reachIn = (principals: Stored['principals'], wanted: Partial<Selection> = {}) =>
  survey({ principals, killSwitch: undefined }, setting).reach({ principals: [], targets: [], ...wanted });
const pictured = (all: Pictured['all']): Pictured => ({ all, source: 'grants.yaml', now: NOW });
const whole = pictured(reachIn(company()));
const one = pictured(reachIn(company(), { principals: [account('vision-workers', 'acme-dev')] }));
const target1 = pictured(reachIn(company(), { targets: [account('shared-cache', 'acme-shared')] }));

const sizeOf = (svg: string) => {
  const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
  return { width: Number(width), height: Number(height) };
};

const oneFleet = (grants: Readonly<Record<string, unknown>>) =>
  pictured(reachIn(new Map([[FLEET, textOfDocument({ uniqueId: PIN, grants })]])));

describe('the picture', () => {
  it('needs nothing from elsewhere, and runs nothing', () => {
    for (const text of [svgDocument(whole), htmlPage(whole)]) {
      expect(text).not.toMatch(/<script|\bon\w+=|\bhref=|\bsrc=|url\(|@import|<iframe|<object|<image/);
      expect(text.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/="https?:/);
    }
    expect(htmlPage(whole)).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });

  it.each([
    ['</title><script>alert(1)</script>', '&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;'],
    ['"onload="alert(1)', '&quot;onload=&quot;alert(1)'],
    ["a'&b", 'a&#39;&amp;b'],
    ['a\u0000\u001B[31mb', 'a??[31mb'],
  ])('writes a condition of %j as text', (condition, written) => {
    const picture = oneFleet({ [target('trainer')]: { scopes: [READ], condition } });
    for (const text of [svgDocument(picture), htmlPage(picture)]) {
      expect(text).toContain(`where ${written}`);
      expect(text).not.toContain(condition);
    }
  });

  it('takes keys that are no targets for what they are', () => {
    const svg = svgDocument(
      oneFleet({ allUsers: {}, 'user:<b>@x': {}, [target('trainer')]: { scopes: [READ] } }),
    );
    expect(svg).toContain('>allUsers<');
    expect(svg).not.toContain('<b>');
  });

  it('says so where there is nothing to see', () => {
    expect(svgDocument(pictured([]))).toContain('Nobody can become anybody.');
    expect(svgDocument(oneFleet({}))).toContain('Nobody can become anybody.');
  });

  it('refuses to be unreadable', () => {
    const fleets = Array.from(
      { length: 151 },
      (_, index) =>
        [
          FLEET.replace('workers@', `workers-${index}@`),
          textOfDocument({
            uniqueId: PIN,
            grants: { [target('a')]: { scopes: [READ] }, [target('b')]: { scopes: [READ] } },
          }),
        ] as const,
    );
    expect(() => svgDocument(pictured(reachIn(new Map(fleets))))).toThrow(
      'a picture of 151 principals and 2 targets would not be readable: choose with --principal or --target',
    );
  });

  it.each([
    ['short@acme', 'short@acme'],
    ['a-name-that-is-kept@acme-workers', 'a-name-that-is-kept@acm…'],
    ['beginning-of-a-name-that-is-long-and-its-end@acme', 'beginning-of…ts-end@acme'],
    ['109422233875895820585109422233875895820585', '109422233875…75895820585'],
  ])('writes the name %s as %s, by which it is told from others', (name, written) => {
    expect(shortened(name, 24)).toBe(written);
  });

  it('shows VMs of one fleet that can become the same as one', () => {
    const vms = Array.from(
      { length: 400 },
      (_, index) =>
        [
          `instance:326694433618:${1000 + index}`,
          textOfDocument({
            uniqueId: PIN,
            grants: { 'user:alice@example.com': { signer: 's@a.iam.gserviceaccount.com', scopes: [READ] } },
          }),
        ] as const,
    );
    const fleet = [
      FLEET,
      textOfDocument({ uniqueId: PIN, grants: { [target('trainer')]: { scopes: [READ] } } }),
    ] as const;
    const svg = svgDocument(pictured(reachIn(new Map([fleet, ...vms]))));
    expect(svg).toContain('>400 VMs of workers@acme-workers<');
    expect(svg).toContain('instance:326694433618:1399');
  });
});

describeWithChromium('the picture, in a browser,', (chromium) => {
  it.each([
    ['thirty principals and sixty targets', whole],
    ['one principal', one],
    ['one target', target1],
  ])('is readable for %s: every text in its place, none over another', async (_, picture) => {
    const svg = svgDocument(picture);
    const { width, height } = sizeOf(svg);
    const texts = await laidOut(svg, chromium());
    expect(texts.length).toBeGreaterThan(15);
    expect(overlaps(texts)).toEqual([]);
    const outside = texts.filter(({ corners }) =>
      corners.some(([x, y]) => x < 0 || y < 0 || x > width || y > height),
    );
    expect(outside.map(({ text }) => text)).toEqual([]);
    expect(texts.filter(({ fontSize }) => fontSize < 10)).toEqual([]);
    expect(texts.filter(({ fits }) => !fits)).toEqual([]);
    // WCAG 2.2, 1.4.3
    expect(texts.filter(({ contrast = 21 }) => contrast < 4.5)).toEqual([]);
  });

  it('has thirty principals and sixty targets, each by its name', async () => {
    expect(whole.all).toHaveLength(30);
    const targets = new Set(whole.all.flatMap(({ reached }) => reached.map((each) => each.target)));
    expect(targets.size).toBe(60);
    const shown = (await laidOut(svgDocument(whole), chromium())).map(({ text }) => text);
    for (const member of targets) expect(shown).toContain(/:(.*)@/.exec(member)?.[1]);
    expect(sizeOf(svgDocument(whole)).width).toBeLessThan(1400);
  });

  it('is drawn', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reach-'));
    const file = join(folder, 'reach.png');
    try {
      await chromium().picture(htmlPage(whole), sizeOf(svgDocument(whole)), file);
      const png = readFileSync(file);
      expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual(Object.values(sizeOf(svgDocument(whole))));
      // an empty page of that size is a few kilobytes
      expect(png.length).toBeGreaterThan(100_000);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
