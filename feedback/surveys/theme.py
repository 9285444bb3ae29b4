"""How the card looks: the vendor's few wishes as a style sheet of variables, contrast computed and not trusted.

Contrast as WCAG 2.2 defines it: 1 to 21; at least 4.5 for text (1.4.3), at least 3 for borders and focus (1.4.11).
"""

from dataclasses import dataclass

from feedback.surveys.definition import Theme

TEXT = 4.5
EDGE = 3.0
_STEPS = 64
_GENERIC = {"serif", "sans-serif", "monospace", "cursive", "fantasy", "system-ui"}
_GENERIC |= {"ui-serif", "ui-sans-serif", "ui-monospace", "ui-rounded"}


@dataclass(frozen=True, slots=True)
class Colours:
    """Of one mode, as #rrggbb: ground, text, quiet text; the accent, as an area or a line, and text on it."""

    back: str
    ink: str
    soft: str
    main: str
    on: str


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, 0 (black) to 1 (white). WCAG 2.2, definition of relative luminance."""
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours #rrggbb, 1 to 21. WCAG 2.2, definition of contrast ratio."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def colours(accent: str, *, dark: bool) -> Colours:
    """The card's colours in one mode. An accent that fits stays as it is; another goes no farther than it must."""
    back, ink, soft = ("#1c1b1a", "#f0ede6", "#b1ada3") if dark else ("#ffffff", "#1b1b1a", "#5f5d58")
    main = _away(accent, back, EDGE)
    # One of black and white always has 4.58 or more; the card's own ground looks better where it is enough.
    on = back if contrast(back, main) >= TEXT else max(("#ffffff", "#000000"), key=lambda one: contrast(one, main))
    return Colours(back, ink, soft, main, on)


def style(theme: Theme, columns: int, narrow: int, ends: tuple[str, str] | None, *, hosted: bool) -> str:
    """The sheet of one survey: variables for the one that is built in.

    `columns`, `narrow`: numbers in a row in a wide and in a narrow window; `ends`: the first and the last number, said
    before the words of the scale's ends where it stands in two rows. `hosted`: the card is alone on its page.
    """
    light, dark = (_variables(colours(theme.accent, dark=dark)) for dark in (False, True))
    radius = theme.radius_px
    inner = round(radius * 0.65)
    flush = f"{radius}px {radius}px 0 0" if theme.position.startswith("bottom") else f"0 0 {radius}px {radius}px"
    in_narrow = f"--n:{narrow};--out:{flush}" if not hosted else f"--n:{narrow}"
    if ends:
        in_narrow += f';--low:"{ends[0]}: ";--high:"{ends[1]}: "'
    parts = [
        f":root{{--font:{font_stack(theme.font)};--in:{inner}px;--out:{radius}px;--n:{columns};",
        f"{dark if theme.mode == 'dark' else light}}}",
        f"@media(prefers-color-scheme:dark){{:root{{{dark}}}}}" if theme.mode == "auto" else "",
        f"@media(max-width:559px){{:root{{{in_narrow}}}}}",
        "@media(forced-colors:active){:root{--hue:Highlight;--on:HighlightText}}",
        # From the top: in the middle it would move under the finger when it opens.
        "body{display:grid;padding:6vh 8px;justify-content:center;grid-template-columns:minmax(0,560px)}"
        # What the built-in sheet leaves away at the window's lower edge is there.
        "@media(max-width:559px){main{padding-bottom:14px}}"
        if hosted
        else "",
    ]
    return "".join(parts)


def scheme(theme: Theme) -> str:
    """The document's colour scheme; the page gives its frame the same, else the frame's backdrop is opaque."""
    return "light dark" if theme.mode == "auto" else theme.mode


def font_stack(fonts: str) -> str:
    """Font names as CSS, each quoted unless it is generic: so a name is a name, whatever is in it."""
    names = [" ".join(name.split()) for name in fonts.translate(_NO_QUOTES).split(",")]
    return ",".join(name if name in _GENERIC else f'"{name}"' for name in names if name) or "sans-serif"


# What could end a string, a rule or the sheet.
_NO_QUOTES = {ord(one): None for one in "\"'\\{};<>()@"}


def _variables(found: Colours) -> str:
    return f"--bg:{found.back};--fg:{found.ink};--dim:{found.soft};--hue:{found.main};--on:{found.on}"


def _away(colour: str, ground: str, least: float) -> str:
    """`colour`, moved towards black or white, whichever is farther from `ground`, until it has the contrast."""
    goal = 0 if luminance(ground) > 0.18 else 255
    channels = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
    for step in range(_STEPS + 1):
        moved = "#" + "".join(f"{round(c + (goal - c) * step / _STEPS):02x}" for c in channels)
        if step == 0:
            moved = colour.lower()
        if contrast(moved, ground) >= least:
            return moved
    raise ValueError(f"nothing has contrast {least} on {ground}")
