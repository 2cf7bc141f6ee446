// Sizes of the picture, CSS pixels.

/** Width of a tile without what stands behind it. */
export const TILE = 172;
/** From one row of a band to the next. */
export const ROW = 208;
/** From the top of a row to the middle of its belt. */
export const RAIL = 140;
/** Of a turning belt's middle from the picture's edge. */
export const TURN = 34;
