// How small a lasting shift EWMA and CUSUM shall find soonest. Of each the pair that lets a process in control give a
// false alarm in about 370 (CUSUM: Hawkins 1993) or 500 points (EWMA: Lucas and Saccucci 1990) on average; `usual` is
// what the API takes unless it is asked.

const PAIRS = {
  ewma: { small: { weight: 0.05, width: 2.615 }, usual: {}, large: { weight: 0.4, width: 3.054 } },
  cusum: { small: { k: 0.25, h: 8.01 }, usual: {}, large: { k: 1, h: 2.52 } },
};

export const TUNINGS = ['small', 'usual', 'large'];

/** Whether a chart can be asked to be quicker or slower. */
export const tunable = (chart) => chart in PAIRS;

/** What to ask the API for. */
export const tuned = (chart, shift) => PAIRS[chart]?.[shift] ?? {};
