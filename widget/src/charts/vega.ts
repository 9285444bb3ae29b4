/**
 * Vega without what none of our charts uses: maps of the world, forces, trees, word clouds. Whatever imports `vega`
 * gets this instead, which makes the bundle a fifth smaller.
 */
import { transforms } from "vega-dataflow";
import * as encode from "vega-encode";
import * as basic from "vega-transforms";
import * as view from "vega-view-transforms";

Object.assign(transforms, basic, view, encode);

export { numberFormatDefaultLocale as formatLocale, timeFormatDefaultLocale as timeFormatLocale } from "vega-format";
export { expressionFunction } from "vega-functions";
export { loader } from "vega-loader";
export { parse } from "vega-parser";
export * from "vega-util";
export { View } from "vega-view";
export const version = "6.4.0";
