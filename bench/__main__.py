"""`python -m bench [NAME ...]`: list and run all benches, or those named. Ends with 1 when one breaks its bound."""

import pkgutil
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from rich.console import Console

import bench


def main(wanted: Sequence[str]) -> int:
    """Run the benches named, or all; return how the process should end. 2 for a name that is none."""
    console = Console()
    benches = found()
    if unknown := [name for name in wanted if name not in benches]:
        console.print(f"No bench is called {', '.join(unknown)}. There are: {', '.join(benches)}.")
        return 2
    if not wanted:
        for name, module in benches.items():
            console.print(f"[bold]{name}[/bold]  {(module.__doc__ or '').splitlines()[0]}")
    broken = [name for name in wanted or benches if benches[name].main()]
    if broken:
        console.print(f"[bold red]Out of bounds: {', '.join(broken)}[/bold red]")
    return int(bool(broken))


def found() -> dict[str, ModuleType]:
    """Every module of this package that has a `main`, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(bench.__path__) if not module.name.startswith("_"))
    modules = {name: import_module(f"bench.{name}") for name in names}
    return {name: module for name, module in modules.items() if hasattr(module, "main")}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
