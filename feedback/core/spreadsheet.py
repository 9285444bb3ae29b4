"""What a spreadsheet may be given."""

# A cell that begins with one of these is run as a formula; full-width twins are folded to them by some programs.
_FORMULA = tuple("=+-@＝＋－＠")
_CONTROL = tuple("\t\r\n")


def safe_cell(text: str) -> str:
    """`text`, with an apostrophe before it when a spreadsheet could take it for a formula. For texts, not numbers."""
    return f"'{text}" if text.startswith(_CONTROL) or text.lstrip().startswith(_FORMULA) else text
