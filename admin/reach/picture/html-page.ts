/**
 * The picture as a page, with the same in words below it. No script, and a policy that lets none in. Pure.
 */

import { NO_COLOURS } from '../../output/colours.ts';
import { principalsText, targetsText } from '../reach-text.ts';
import type { Pictured } from './pictured.ts';
import { headingOf, svgDocument } from './svg-document.ts';
import { escaped } from './svg-text.ts';

export function htmlPage(picture: Pictured): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>${escaped(headingOf(picture.all))}: ${escaped(picture.source)}</title>
<style>body { margin: 0; color: #1b1f24; font-family: ui-monospace, monospace; font-size: 13px; } details { margin: 12px 24px; } summary { cursor: pointer; font-weight: bold; }</style>
${svgDocument(picture)}
<details><summary>In words: what each principal can become</summary><pre>${words(principalsText(picture.all, NO_COLOURS))}</pre></details>
<details><summary>In words: who can become each target</summary><pre>${words(targetsText(picture.all, [], NO_COLOURS))}</pre></details>
</html>
`;
}

function words(texts: Iterable<string>): string {
  return escaped([...texts].join(''));
}
