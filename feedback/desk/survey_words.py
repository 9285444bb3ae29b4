"""How surveys are called on the desk's pages."""

from functools import cache

AUDIENCES = {"end_user": "end users", "buyer": "buyers"}
METRICS = {
    "nps": "recommendation (NPS)",
    "csat": "satisfaction (CSAT)",
    "ces": "effort (CES)",
    "recognition": "whose product",
    "obstacle": "obstacles",
}
STATES = {"live": "live", "paused": "paused", "draft": "draft", "builtin": "built in"}
MODES = {"auto": "light or dark", "light": "always light", "dark": "always dark"}
OPTIONS = {
    "vendor": "the vendor",
    "partner": "the partner",
    "another": "somebody else",
    "unknown": "don’t know",
    "unaware": "did not know of it, or forgot it",
    "no_need": "no need",
    "no_time": "no time",
    "too_hard": "too hard",
    "privacy": "privacy",
    "instead": "something else instead",
    "other": "other",
    "price": "price",
    "value": "proof of value",
    "effort": "effort",
}


@cache
def language(locale: str) -> str:
    """`German`, `Chinese (simplified)`: the English name of a locale."""
    # Babel takes a tenth of a second to come.
    from babel import Locale

    return Locale.parse(locale, sep="-").get_display_name("en") or locale
