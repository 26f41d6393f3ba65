"""Run one driver: `python -m benchmarks.clients.drivers NAME`, in the environment that has its library."""

from importlib import import_module
import sys
import time

from benchmarks.clients.drivers.driver import Driver, run
from benchmarks.clients.drivers.libraries import LIBRARIES


def imported_in(name: str) -> float:
    """Import a library and return the seconds that it took, on top of what is there already."""
    library = LIBRARIES[name]
    for module in library.present:
        import_module(module)
    begun = time.perf_counter()
    for module in library.modules:
        import_module(module)
    return time.perf_counter() - begun


if __name__ == "__main__":
    _name = sys.argv[1]
    _seconds = imported_in(_name)
    run(Driver(import_module(f"benchmarks.clients.drivers.{_name}").make), _seconds)
