"""Attacks the pages of some years under the rule and under weaker ones; writes the table of the page on releases.

PYTHONPATH=. python tools/attack_table.py
"""

from tests.trust.attack_table import BEGIN, END, PAGE, RULE, WEAKER, block, outcome


def main() -> None:
    """Takes a minute or two."""
    table = block({one.name: outcome(one, guess=True) for one in (RULE, *WEAKER)})
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}{table}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
