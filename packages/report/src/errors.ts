import { MlffdError, type MlffdErrorDetails } from '@mlffd/core';

/** The numbers given to a plot or a table do not fit together: other lengths, an empty domain. */
export class ReportDataError extends MlffdError {
  override readonly name = 'ReportDataError';

  constructor(message: string, details: MlffdErrorDetails = {}) {
    super('REPORT_DATA', message, details);
  }
}

/** An SVG could not be turned into a PNG. */
export class RasterError extends MlffdError {
  override readonly name = 'RasterError';

  constructor(message: string, details: MlffdErrorDetails = {}) {
    super('REPORT_RASTER', message, details);
  }
}
