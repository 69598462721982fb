/**
 * The colours of the picture. Each power differs in lightness as well as in hue, for those who see few colours.
 */

import { FONT } from './svg-text.ts';

export const STYLE = `
svg.reach { background: #fff; font-family: ${FONT}; font-size: 12px; fill: #1b1f24; }
.reach .heading { font-size: 18px; font-weight: bold; }
.reach .section { font-size: 14px; font-weight: bold; }
.reach .group { font-weight: bold; fill: #3d4650; }
.reach .terms, .reach .count { fill: #57606a; }
.reach .band, .reach .column { fill: transparent; } .reach .band.odd { fill: #8c959f; fill-opacity: .1; }
.reach .rule { stroke: #8c959f; } .reach .hair { stroke: #e1e5e9; }
.reach .hit { fill: transparent; }
.reach .all { fill: #a83c00; } .reach .write { fill: #0063a5; } .reach .read { fill: #9cd2f2; } .reach .id { fill: #ecd0e2; }
.reach .open { fill-opacity: .14; stroke-width: 1.3; stroke-dasharray: 3 2; }
.reach .all.open { stroke: #a83c00; } .reach .write.open { stroke: #0063a5; }
.reach .read.open { stroke: #2f7fae; } .reach .id.open { stroke: #9a4d80; }
.reach .on { font-weight: bold; fill: #fff; } .reach .on-read { fill: #063550; } .reach .on-id { fill: #571544; }
.reach .on-all.on-open { fill: #a83c00; } .reach .on-write.on-open { fill: #0063a5; }
.reach .off { stroke: #8c959f; stroke-width: 2; fill: none; }
.reach .ring { fill: #ffe08a; stroke: #1b1f24; stroke-width: 1.6; }
.reach .ring.maybe { fill: #fff6d9; stroke-dasharray: 2.5 2; stroke: #57606a; }
.reach .steps { font-weight: bold; }
.reach .box { fill: #f3f5f7; stroke: #8c959f; }
.reach .arrow { stroke: #1b1f24; stroke-width: 1.4; fill: none; } .reach .arrow.maybe { stroke: #57606a; stroke-dasharray: 4 3; }
.reach .tip { fill: #57606a; }
.reach .row:hover .band { fill: #ffd43b; fill-opacity: .3; } .reach .cell:hover .hit { stroke: #1b1f24; }
`;
