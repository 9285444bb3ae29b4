"""A partner's web server: pages on origins of their own, and what is in them is set by the test."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SPY = (Path(__file__).parent / "spy.js").read_text()


@dataclass
class Site:
    """One server under two names: to the service on localhost, `origin` is another site and `near` the same one.

    A browser closes the storage of a frame from another site; from the same site it is open.
    """

    port: int
    files: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By path: type and text."""
    policy: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    """Of every page, besides the policy."""

    @property
    def origin(self) -> str:
        """Another site than the service's."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def near(self) -> str:
        """Another origin than the service's, on the same site."""
        return f"http://localhost:{self.port}"

    def serve(self, vendor: str, tags: str, *, body: str = "", lang: str = "", paths: tuple[str, ...] = ("/",)) -> None:
        """Pages with `tags` of the widget, under the strictest policy that a partner can have."""
        self.policy = (
            f"default-src 'none'; script-src 'self' {vendor}; connect-src {vendor}; frame-src {vendor};"
            " require-trusted-types-for 'script'"
        )
        named = f' lang="{lang}"' if lang else ""
        self.files["/page.js"] = ("text/javascript", SPY)
        page = (
            f"<!doctype html><html{named}><meta charset=utf-8><meta name=viewport content='width=device-width'>"
            f"<title>Portal</title><script src=/page.js></script>{tags}"
            f"<body><h1>Portal</h1><p>Welcome back.</p><button>Work</button>{body}"
        )
        for path in paths:
            self.files[path] = ("text/html; charset=utf-8", page)


@contextmanager
def listening() -> Iterator[Site]:
    """A site that answers until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, text = site.files.get(self.path.partition("?")[0], ("text/plain", ""))
            body = text.encode()
            self.send_response(200 if text else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if site.policy:
                self.send_header("Content-Security-Policy", site.policy)
            for name, value in site.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Site(server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
