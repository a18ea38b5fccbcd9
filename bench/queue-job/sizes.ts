export interface Size {
  rounds: number;
  /** Items with nothing to do, for every contestant: at most what one batch of the endpoint holds. */
  nothing: number;
  /** Parts consumptions for the subject, likewise. */
  moves: number;
  /** Jobs with a transfer, and again as many with a move, for the peer, which is slower. */
  peerMoves: number;
}
export const FULL: Size = { rounds: 3, nothing: 600, moves: 900, peerMoves: 150 };
export const QUICK: Size = { rounds: 1, nothing: 100, moves: 100, peerMoves: 40 };

/** Of each kind, before the clock runs: the first of a server loads what the others use. */
export const WARM_UP = 40;
/** As many of queue_job's jobs may run side by side; the fastest counts. */
export const CHANNELS = [1, 2, 4] as const;
/** Work orders beside those that parts are taken for; each says once that nothing changed. */
export const ORDERS: readonly number[] = Array.from(
  { length: FULL.nothing + WARM_UP },
  (_unused, index) => 10_000 + index,
);
