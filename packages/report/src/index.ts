export { lineChart } from './plots/lineChart.ts';
export type { Goal, LineChartOptions, LineSeries } from './plots/lineChart.ts';
export { scatterPlot } from './plots/scatterPlot.ts';
export type { ScatterPlotOptions, ScatterSeries } from './plots/scatterPlot.ts';
export { parityPlot } from './plots/parityPlot.ts';
export type { ParityPlotOptions } from './plots/parityPlot.ts';
export { parityStatistics } from './plots/parityStatistics.ts';
export type { ParityStatistics } from './plots/parityStatistics.ts';
export { barChart } from './plots/barChart.ts';
export type { Bar, BarChartOptions } from './plots/barChart.ts';
export { bandChart } from './plots/bandChart.ts';
export type { BandChartOptions, FittedSlope } from './plots/bandChart.ts';
export { histogram } from './plots/histogram.ts';
export type { HistogramOptions, HistogramSeries, Marker } from './plots/histogram.ts';
export { heatMap } from './plots/heatMap.ts';
export type { HeatMapOptions } from './plots/heatMap.ts';
export { latencyChart } from './plots/latencyChart.ts';
export type { LatencyChartOptions } from './plots/latencyChart.ts';
export { rdfChart } from './plots/rdfChart.ts';
export type { RdfChartOptions } from './plots/rdfChart.ts';
export type { AxisSpec } from './plots/axis.ts';
export type { PlotOptions } from './plots/figure.ts';
export type { ColourScheme } from './plots/theme.ts';
export { svgToPng } from './png.ts';
export type { PngOptions } from './png.ts';
export {
  formatBytes,
  formatDuration,
  formatNumber,
  formatPercent,
  formatUncertainty,
} from './format.ts';
export type { NumberFormat } from './format.ts';
export { escapeHtml, jsonForHtml } from './escape.ts';
export { RasterError, ReportDataError } from './errors.ts';
export { DATA_ELEMENT_ID, renderReport } from './html/report.ts';
export type { Callout, Fact, GateTable, Report, Section } from './html/report.ts';
export { gateStatus, verdictOf } from './html/gates.ts';
export type { Gate, Verdict } from './html/gates.ts';
export type { ReportFigure } from './html/figure.ts';
export type { Status } from './html/status.ts';
export type { Cell, Column, RichCell, Table } from './html/table.ts';
export { markdownTable } from './cards/markdown.ts';
export { modelCard } from './cards/modelCard.ts';
export type { CardTraining, ModelCard } from './cards/modelCard.ts';
export { datasetCard } from './cards/datasetCard.ts';
export type { DatasetCard } from './cards/datasetCard.ts';
export type { CardMetric, CardTeacher, Setting } from './cards/parts.ts';
export { LogFollower } from './run/logFollower.ts';
export { readRun, type Milestone, type RunRecord } from './run/readRun.ts';
export { type LogRecord, parseRunLog, type RunLog } from './run/runLog.ts';
export { runPage, type RunPageOptions } from './run/runPage.ts';
export { runState, type RunState } from './run/runState.ts';
export { EventEncoder, type EventTimes, scalarsOf } from './run/tensorboard.ts';
export {
  coveragePlot,
  type CoveragePlotOptions,
  type CoverageSeries,
  sigmaErrorPlot,
  type SigmaErrorPlotOptions,
} from './plots/uncertaintyPlots.ts';
