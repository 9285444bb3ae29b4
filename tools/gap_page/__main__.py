"""Write the pictures of the page anew, and print the numbers that it must say."""

from pathlib import Path

from tools.gap_page import scores, time, use
from tools.gap_page.numbers import ABOUT, sentences

PAGE = Path("docs/explanation/how-the-gap-is-computed.md")
FOLDER = PAGE.parent / "pictures"
PICTURES = {
    "score": scores.score,
    "gap": scores.gap_by_buyers,
    "partners": scores.partners,
    "adoption": use.adoption,
    "states": use.states,
    "months": use.months,
    "ranking": scores.ranking,
    "change": time.change,
    "daily": time.daily,
    "split": time.split,
    "silent": time.silent,
}


def main() -> None:
    """From the root of the project."""
    FOLDER.mkdir(exist_ok=True)
    for name, drawn in PICTURES.items():
        (FOLDER / f"{name}.svg").write_text(str(drawn()), encoding="utf-8")
    for about in ABOUT:
        print(f"{about}\n" + "".join(f"  {sentence}\n" for sentence in sentences(about)))


if __name__ == "__main__":
    main()
