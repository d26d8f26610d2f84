/** A limit on everything: what a client can make the server hold or do. MongoDB's own numbers where it has one. */
export const limits = {
  documentBytes: 16 * 1024 * 1024,
  messageBytes: 48_000_000,
  /** Head room of a message over `messageBytes` for the command around the documents. */
  messageOverheadBytes: 16_384,
  /** How much a client may send ahead of its answers; then it is not read from. */
  pipelinedBytes: 1024 * 1024,
  writeBatch: 100_000,
  nestingDepth: 180,
  firstBatch: 101,
  replyBytes: 15 * 1024 * 1024,
  cursorIdleMs: 10 * 60_000,
  openCursors: 10_000,
  sessionIdleMs: 30 * 60_000,
  queryMs: 60_000,
  /** How many documents are read between two looks at the clock. */
  deadlineStride: 128,
  pipelineStages: 1_000,
  pipelineDepth: 20,
  /** Elements of arrays that expressions may make for one document. */
  expressionElements: 10_000_000,
  /** Bytes that one stage may hold at a time. */
  stageBytes: 100 * 1024 * 1024,
  indexesPerCollection: 64,
  indexFields: 32,
  arrayBackfill: 1_500_000,
  planPoints: 5_000,
  connections: 2_000,
} as const;
