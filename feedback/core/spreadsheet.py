"""What a spreadsheet may be given."""

import re

# A cell that begins with one of these is run as a formula; full-width twins are folded to them by some programs, and
# what cannot be seen before them (blanks, marks of direction and width, what stands for a lost character) is trimmed.
_FORMULA = re.compile("[\\s\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufffd]*[=+\\-@＝＋－＠]")
_CONTROL = tuple("\t\r\n")


def safe_cell(text: str) -> str:
    """`text`, with an apostrophe before it when a spreadsheet could take it for a formula. For texts, not numbers."""
    return f"'{text}" if text.startswith(_CONTROL) or _FORMULA.match(text) else text
