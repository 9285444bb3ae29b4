/** Vega's parts come without types; what is taken from them is only handed on. */
declare module "vega-dataflow" {
  export const transforms: object;
}
declare module "vega-encode";
declare module "vega-format";
declare module "vega-functions";
declare module "vega-loader";
declare module "vega-parser";
declare module "vega-transforms";
declare module "vega-view";
declare module "vega-view-transforms";
