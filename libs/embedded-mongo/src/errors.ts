import type { Document } from './bson/value.js';

/** MongoDB's names for the refusals this server gives. Others are called `Location<code>`, as MongoDB does. */
const names: Readonly<Record<number, string>> = {
  1: 'InternalError', 2: 'BadValue', 9: 'FailedToParse', 13: 'Unauthorized', 14: 'TypeMismatch', 15: 'Overflow', 16: 'InvalidLength', 20: 'IllegalOperation',
  22: 'InvalidBSON', 26: 'NamespaceNotFound', 27: 'IndexNotFound', 28: 'PathNotViable', 40: 'ConflictingUpdateOperators', 43: 'CursorNotFound',
  48: 'NamespaceExists', 50: 'MaxTimeMSExpired', 52: 'DollarPrefixedFieldName', 53: 'InvalidIdField', 54: 'NotSingleValueField', 56: 'EmptyFieldName',
  59: 'CommandNotFound', 66: 'ImmutableField', 67: 'CannotCreateIndex', 72: 'InvalidOptions', 73: 'InvalidNamespace', 85: 'IndexOptionsConflict',
  86: 'IndexKeySpecsConflict', 100: 'UnsatisfiableWriteConcern', 121: 'DocumentValidationFailure', 146: 'ExceededMemoryLimit',
  168: 'InvalidPipelineOperator', 171: 'CannotIndexParallelArrays', 197: 'InvalidIndexSpecificationOption', 224: 'QueryFeatureNotAllowed',
  225: 'TransactionTooOld', 232: 'MaxSubPipelineDepthExceeded', 238: 'NotImplemented', 241: 'ConversionFailure',
  251: 'NoSuchTransaction', 263: 'OperationNotSupportedInTransaction', 292: 'QueryExceededMemoryLimitNoDiskUseAllowed', 10334: 'BSONObjectTooLarge',
  11000: 'DuplicateKey',
};

/** A command that the server refuses; becomes `{ok: 0}` or an entry of `writeErrors`, never ends the process. */
export class CommandError extends Error {
  readonly codeName: string;

  constructor(readonly code: number, message: string, readonly details?: Document) {
    super(message);
    this.codeName = names[code] ?? `Location${code}`;
  }
}

/** A valid request for something this server leaves to a real MongoDB. */
export function notImplemented(what: string): CommandError {
  return new CommandError(238, `the embedded server does not implement ${what}; use MongoDB for it`);
}
