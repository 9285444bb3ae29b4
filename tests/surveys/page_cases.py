"""Rules, their tables and which addresses fit, in one file that the page's own tests walk through as well.

`python -m tests.surveys.page_cases` writes the file anew.
"""

import json
from pathlib import Path
from typing import Any

from feedback.surveys import pages

FILE = Path(__file__).parents[2] / "widget" / "test" / "pages.json"
SHOP = "https://shop.example"

CASES: list[tuple[dict[str, Any], list[str], list[str]]] = [
    ({"path": {"exact": "/app"}}, ["/app", "/app?x=1", "/app#top"], ["/", "/app/", "/apps", "/x/app"]),
    ({"path": {"prefix": "/app"}}, ["/app", "/apps", "/app/1"], ["/", "/my/app"]),
    ({"path": {"contains": "aab"}}, ["/aab", "/aaab", "/aabaab"], ["/abab", "/aa", "/?aab"]),
    ({"url": {"contains": "?ref=mail"}}, ["/?ref=mail", "/x?ref=mail&y"], ["/ref=mail", "/?ref=post"]),
    ({"path": {"glob": "/app/*"}}, ["/app/", "/app/users"], ["/app", "/app/users/7", "/my/app/users"]),
    ({"path": {"glob": "/app/**/edit"}}, ["/app/1/edit", "/app/1/2/edit"], ["/app/edit", "/app/1/edit/2"]),
    ({"path": {"glob": "/item-?"}}, ["/item-1", "/item-x"], ["/item-", "/item-12", "/item-/"]),
    (
        {"path": {"regex": "^/users/\\d+(/|$)"}},
        ["/users/12", "/users/12/mail"],
        ["/users/", "/users/12a", "/x/users/1"],
    ),
    ({"path": {"regex": "(^|/)(?:edit|new)$"}}, ["/edit", "/a/new"], ["/credit", "/edit/1"]),
    ({"path": {"regex": "/[a-c]{2,3}?-[^-/]+$"}}, ["/ab-1", "/abc-xyz"], ["/a-1", "/abcd-1", "/ab-", "/ab-1-2"]),
    ({"path": {"regex": "/a.c|/x\\.y"}}, ["/abc", "/a/c", "/x.y"], ["/ac", "/x-y"]),
    ({"path": {"exact": "/prüfung/größe"}}, ["/prüfung/größe", "/pr%C3%BCfung/gr%C3%B6%C3%9Fe"], ["/prufung/grosse"]),
    ({"path": {"regex": "^/(日本)+$"}}, ["/日本", "/日本日本"], ["/日", "/"]),
    ({"path": {"prefix": "/my page"}}, ["/my page", "/my%20pages"], ["/my", "/mypage"]),
    (
        {"all": [{"path": {"prefix": "/app"}}, {"not": {"path": {"glob": "/app/admin/**"}}}]},
        ["/app", "/app/users"],
        ["/", "/app/admin/", "/app/admin/x/y"],
    ),
    (
        {"any": [{"path": {"exact": "/"}}, {"all": [{"url": {"prefix": SHOP}}, {"path": {"contains": "done"}}]}]},
        ["/", "/order/done"],
        ["/order"],
    ),
    ({"not": {"any": [{"path": {"exact": "/"}}]}}, ["/x"], ["/", "/?x"]),
]


def written() -> str:
    """What is in the file."""
    rows = [
        {"rule": pages.compiled(rule), "fits": [SHOP + one for one in fits], "misses": [SHOP + one for one in misses]}
        for rule, fits, misses in CASES
    ]
    return "[\n" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "\n]\n"


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
