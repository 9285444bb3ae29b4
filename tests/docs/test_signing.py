"""The snippets that sign a token: the page shows them as they are, and the service takes what they make."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedback.core.services import Services
from feedback.seats.tokens import verify
from tests.embed import make_world

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/how-to/sign.md"
FILES = sorted((PAGE.parent / "sign").iterdir())
_PATIENCE_S = 120


def _needs(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not here")
    return found


def _latest(folder: Path, pattern: str, library: str) -> Path:
    found = sorted(folder.glob(pattern)) if folder.is_dir() else []
    if not found:
        pytest.skip(f"{library} is not here")
    return found[-1]


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=_PATIENCE_S).stdout.strip()


def _python(folder: Path) -> list[str]:
    return [sys.executable, str(folder / "sign.py")]


def _node(folder: Path) -> list[str]:
    (folder / "node_modules").symlink_to(ROOT / "widget/node_modules")
    return [_needs("node"), str(folder / "sign.mjs")]


def _php(folder: Path) -> list[str]:
    php = _needs("php")
    _needs("composer")
    home = Path(_said("composer", "global", "config", "home", "--absolute"))
    vendor = _latest(home / "vendor/firebase", "php-jwt", "firebase/php-jwt").parents[1]
    (folder / "vendor").symlink_to(vendor)
    return [php, str(folder / "sign.php")]


def _ruby(folder: Path) -> list[str]:
    ruby = _needs("ruby")
    if subprocess.run([ruby, "-e", "require 'jwt'"], capture_output=True, check=False).returncode:
        pytest.skip("the gem jwt is not here")
    return [ruby, str(folder / "sign.rb")]


def _java(folder: Path) -> list[str]:
    java = _needs("java")
    repository = Path.home() / ".m2/repository"
    jars = [_latest(repository, "com/auth0/java-jwt/*/java-jwt-*.jar", "com.auth0:java-jwt")]
    for name in ("core", "databind", "annotations"):
        pattern = f"com/fasterxml/jackson/core/jackson-{name}/*/jackson-{name}-*.jar"
        jars.append(_latest(repository, pattern, f"jackson-{name}"))
    return [java, "-cp", os.pathsep.join(map(str, jars)), str(folder / "Sign.java")]


def _go(folder: Path) -> list[str]:
    go = _needs("go")
    kept = _latest(Path(_said(go, "env", "GOMODCACHE")) / "github.com/golang-jwt/jwt", "v5@*", "golang-jwt/jwt/v5")
    module = f"module sign\n\ngo 1.18\n\nrequire github.com/golang-jwt/jwt/v5 {kept.name.removeprefix('v5@')}\n"
    (folder / "go.mod").write_text(module)
    return [go, "run", "-mod=mod", "."]


def _dotnet(folder: Path) -> list[str]:
    dotnet = _needs("dotnet")
    packages = Path.home() / ".nuget/packages/microsoft.identitymodel.jsonwebtokens"
    version = _latest(packages, "*", "Microsoft.IdentityModel.JsonWebTokens").name
    framework = "net" + ".".join(_said(dotnet, "--version").split(".")[:2])
    (folder / "sign.csproj").write_text(
        '<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType><Nullable>enable</Nullable>'
        f"<TargetFramework>{framework}</TargetFramework></PropertyGroup><ItemGroup>"
        f'<PackageReference Include="Microsoft.IdentityModel.JsonWebTokens" Version="{version}" />'
        "</ItemGroup></Project>"
    )
    return [dotnet, "run"]


HOW_TO_RUN: dict[str, Callable[[Path], list[str]]] = {
    "sign.py": _python,
    "sign.mjs": _node,
    "sign.php": _php,
    "sign.rb": _ruby,
    "Sign.java": _java,
    "sign.go": _go,
    "Sign.cs": _dotnet,
}


def test_every_language_has_its_file_and_every_file_is_run() -> None:
    assert sorted(HOW_TO_RUN) == sorted(path.name for path in FILES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_page_shows_the_file_as_it_is(path: Path) -> None:
    blocks = re.findall(r"\[`([^`]+)`\]\(sign/\1\)\n\n```\w+\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert dict(blocks)[path.name] == path.read_text(encoding="utf-8")
    assert len(blocks) == len(FILES)


@pytest.mark.parametrize("name", HOW_TO_RUN)
def test_the_service_takes_the_token_that_is_made(name: str, services: Services, tmp_path: Path) -> None:
    folder = tmp_path / "signing"
    folder.mkdir()
    shutil.copy(PAGE.parent / "sign" / name, folder)
    command = HOW_TO_RUN[name](folder)
    world = make_world(services)
    known = {**os.environ, "FEEDBACK_KID": world.vendor_kid, "FEEDBACK_SECRET": world.vendor_secret}
    # Nothing is fetched: what is not on this machine is skipped above.
    environment = {**known, "GOPROXY": "off", "GOSUMDB": "off", "GOFLAGS": ""}
    made = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=_PATIENCE_S
    )
    assert made.returncode == 0, made.stderr
    identity = verify(services.database, made.stdout.strip(), services.secrets.vault, now=datetime.now(UTC))
    assert (identity.partner.slug, identity.subject, identity.audience) == ("northwind", "user-1", "end_user")
    assert identity.trust == "vendor"
    assert (identity.expires_at - identity.issued_at).total_seconds() == 900
