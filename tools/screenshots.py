"""Take the pictures of the README: the desk on the demo world, in a folder of its own, by `make screenshots`.

Needs Chromium, like the tests. The demo world ends today, so that the months on the pictures are those of the day.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).parents[1] / "docs" / "images"
FEEDBACK = str(Path(sys.executable).with_name("feedback"))
PICTURES: Mapping[str, tuple[str, int, int]] = {
    "desk.png": ("/desk", 1280, 1180),
}
"""Path, width and height in pixels, by file."""
_PATIENCE_S = 60


def main() -> int:
    """Write all pictures; 1 when the service did not start."""
    with tempfile.TemporaryDirectory(prefix="screenshots-") as home, _running(Path(home)) as (url, environ):
        _feedback(environ, "staff", "add", "ann@example.com")
        link = re.search(r"http://\S+/login/\w+", _feedback(environ, "staff", "link", "ann@example.com"))
        if link is None:
            print("no sign-in link was made", file=sys.stderr)
            return 1
        _take(url, link[0])
    return 0


def _take(url: str, link: str) -> None:
    where = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=where, args=flags)
        page = browser.new_page(color_scheme="light")
        page.goto(link)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/desk*")
        for name, (path, width, height) in PICTURES.items():
            page.set_viewport_size({"width": width, "height": height})
            _settled(page, url + path)
            page.screenshot(path=FOLDER / name)
            print(f"docs/images/{name}")
        browser.close()


def _settled(page: Page, address: str) -> None:
    """Open a page and wait until nothing is fetched or drawn any more."""
    page.goto(address, wait_until="networkidle")
    page.evaluate("() => document.fonts.ready")


@contextmanager
def _running(home: Path) -> Iterator[tuple[str, dict[str, str]]]:
    port = _free_port()
    url = f"http://localhost:{port}"
    environ = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    environ |= {"FEEDBACK_HOME": str(home), "PORT": str(port), "FEEDBACK_PUBLIC_URL": url}
    environ |= {"FEEDBACK_VENDOR_NAME": "Wellnow"}
    _feedback(environ, "demo")
    with (home / "up.log").open("wb") as log:
        process = subprocess.Popen([FEEDBACK, "up"], env=environ, stdout=log, stderr=subprocess.STDOUT)  # nosec B603 # noqa: S603 - our own command
    try:
        _wait(url, home / "up.log")
        yield url, environ
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(_PATIENCE_S)


def _wait(url: str, log: Path) -> None:
    end = time.monotonic() + _PATIENCE_S
    while True:
        try:
            urllib.request.urlopen(f"{url}/healthz", timeout=2).close()  # nosec B310 # noqa: S310 - our own address
        except OSError:
            if time.monotonic() > end:
                raise SystemExit(log.read_text(errors="replace")) from None
            time.sleep(0.2)
        else:
            return


def _feedback(environ: dict[str, str], *arguments: str) -> str:
    command = [FEEDBACK, *arguments]
    return subprocess.run(command, env=environ, check=True, capture_output=True, text=True).stdout  # nosec B603 # noqa: S603 - our own command


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
