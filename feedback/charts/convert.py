"""Draws Vega-Lite specifications without a browser: JSON on standard input, JSON on standard output.

A process of its own, because what draws takes 170 MB and does not give them back. Run by `charts.files`.
"""

import base64
import json
import sys

SCALE = 2
"""Pixels of a PNG for each of the chart."""


def main() -> None:
    """`[[kind, spec], ...]` in, a list of SVG texts and PNG bytes in base64 out; nothing is ever fetched."""
    import vl_convert

    drawn = []
    for kind, spec in json.load(sys.stdin):
        if kind == "svg":
            drawn.append(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]))
        else:
            picture = vl_convert.vegalite_to_png(spec, scale=SCALE, allowed_base_urls=[])
            drawn.append(base64.b64encode(picture).decode())
    json.dump(drawn, sys.stdout)


if __name__ == "__main__":
    main()
