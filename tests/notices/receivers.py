"""Real servers on loopback that take mails and calls, each kind with its own manners."""

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from tempfile import NamedTemporaryFile
from time import sleep
from typing import NamedTuple, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Server = TypeVar("Server", bound=socketserver.TCPServer)


class Call(NamedTuple):
    path: str
    headers: dict[str, str]
    body: bytes


class _Handler(BaseHTTPRequestHandler):
    server: "Receiver"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append(Call(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        manner = self.server.manners.get(self.path, self.path)
        if manner == "/hang":
            self.server.enough.wait(20)
        elif manner == "/drip":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not self.server.enough.wait(0.05):
                self.wfile.write(b"a")
        elif manner == "/flood":
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):
                while not self.server.enough.is_set():
                    self.server.flooded += self.wfile.write(b"x" * 65536)
        elif manner == "/close":
            self.connection.close()
        else:
            self.send_response({"/500": 500, "/redirect": 307, "/gone": 410}.get(manner, 204))
            self.send_header("Location", f"{self.server.address}/good")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class Receiver(ThreadingHTTPServer):
    """`calls`: what came. `manners`: by path, another path whose manners it has from now on."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.calls: list[Call] = []
        self.manners: dict[str, str] = {}
        self.flooded = 0
        self.enough = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_: object) -> None:
        pass


class _Dawdler(socketserver.BaseRequestHandler):
    server: "SlowTls"

    def handle(self) -> None:
        sleep(self.server.greets_after_s)
        with suppress(OSError), self.server.own.wrap_socket(self.request, server_side=True) as line:
            line.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            for _ in range(100):
                line.sendall(b"a")
                sleep(0.05)


class SlowTls(socketserver.ThreadingTCPServer):
    """Agrees on TLS late, as `hook.example.com`, and then answers without end. `client` trusts it."""

    daemon_threads = True

    def __init__(self, greets_after_s: float) -> None:
        super().__init__(("127.0.0.1", 0), _Dawdler)
        self.greets_after_s = greets_after_s
        made = certificate("hook.example.com")
        self.own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with NamedTemporaryFile() as file:
            file.write(made)
            file.flush()
            self.own.load_cert_chain(file.name)
            self.client = ssl.create_default_context(cafile=file.name)


def certificate(name: str) -> bytes:
    """A key and a certificate of its own for this name, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    whose = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(whose, whose, key.public_key(), 1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    as_pem = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*as_pem) + made.public_bytes(serialization.Encoding.PEM)


class _Mailman(socketserver.StreamRequestHandler):
    server: "MailServer"

    def handle(self) -> None:
        self._say("220 here")
        self.server.connections += 1
        while line := self.rfile.readline():
            verb = line.decode().strip().upper()
            if verb.startswith("EHLO"):
                self._say("250-here", "250 AUTH PLAIN")
            elif verb.startswith("AUTH"):
                self.server.passwords.append(line.decode().split()[2])
                self._say("235 fine")
            elif verb.startswith("RCPT") and "REFUSED" in verb:
                self._say("550 nobody")
            elif verb == "DATA" and self.server.ill:
                self._say("451 later")
            elif verb == "DATA":
                self._say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                content = b"".join(one[1:] if one.startswith(b"..") else one for one in lines)
                self.server.mails.append(message_from_bytes(content, policy=policy.default))
                self._say("250 taken")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 fine")

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


class MailServer(socketserver.ThreadingTCPServer):
    """`mails`: what came. `ill`: it takes none for now."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Mailman)
        self.mails: list[EmailMessage] = []
        self.passwords: list[str] = []
        self.connections = 0
        self.ill = False

    @property
    def url(self) -> str:
        return f"smtp://ann:s%40crt@127.0.0.1:{self.server_address[1]}"


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """The server, from a thread of its own, until the block ends."""
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()
