/** Marks of points in charts, told apart by shape as well as colour; paths in a box of 10 by 10. */
export const MARK_PATHS = {
  circle: 'M5 0.5A4.5 4.5 0 1 1 5 9.5A4.5 4.5 0 1 1 5 0.5Z',
  cross: 'M2 0L5 3L8 0L10 2L7 5L10 8L8 10L5 7L2 10L0 8L3 5L0 2Z',
  square: 'M1 1H9V9H1Z',
  triangle: 'M5 0.5L10 9.5H0Z',
} as const;

export type Mark = keyof typeof MARK_PATHS;
