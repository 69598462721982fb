/**
 * A part of the picture, with its upper left corner at the origin.
 */

export interface Drawn {
  readonly width: number;
  readonly height: number;
  readonly svg: string;
}
