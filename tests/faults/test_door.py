"""A server whose name is not found, or whose certificate nobody vouches for, at any moment of a voice run."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
import socket
import ssl
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util.ssl import get_default_context
import pytest

from benchmarks.clients.certificates import AUTHORITIES, make_certificates, server_context

from .cell import Fault, hold_to
from .moments import Moment
from .place import Place
from .promises import every_moment

NAME = "voice.example"
UNKNOWN_NAME, UNKNOWN_AUTHORITY = "name not found", "certificate of nobody"


@pytest.fixture
def names(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Return the names that lead to this machine; no other leads anywhere."""
    known = {NAME}
    resolve: Callable[..., Any] = hass.loop.getaddrinfo

    async def getaddrinfo(host: str, *where: Any, **how: Any) -> Any:
        if host not in known and not _is_address(host):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return await resolve("127.0.0.1" if host == NAME else host, *where, **how)

    monkeypatch.setattr(hass.loop, "getaddrinfo", getaddrinfo)
    return known


def _is_address(host: str) -> bool:
    with suppress(OSError):
        return bool(socket.inet_aton(host))
    return False


@pytest.mark.parametrize("host", [NAME])
@every_moment([UNKNOWN_NAME])
async def test_name(place: Place, fault: str, moment: Moment, promise: str, names: set[str]) -> None:
    async def forget(place: Place) -> None:
        names.remove(NAME)
        place.road.cut()

    async def learn(_: Place) -> None:
        names.add(NAME)

    await hold_to(promise, place, Fault(name=fault, strike=forget, mend=learn, loses_socket=True), moment)


@pytest.fixture
def certificate(tmp_path: Path) -> ssl.SSLContext:
    """Return what the server shows: a certificate of an authority that the house trusts."""
    get_default_context().load_verify_locations(_certified(tmp_path / "trusted") / AUTHORITIES)
    return server_context(tmp_path / "trusted")


def _certified(folder: Path) -> Path:
    folder.mkdir()
    make_certificates(folder)
    return folder


@pytest.mark.parametrize("secure", [True])
@every_moment([UNKNOWN_AUTHORITY])
async def test_certificate(place: Place, fault: str, moment: Moment, promise: str, tmp_path: Path) -> None:
    trusted, foreign = place.road.tls, server_context(_certified(tmp_path / "foreign"))

    async def show(place: Place, tls: ssl.SSLContext | None) -> None:
        await place.road.close()
        place.road.tls = tls
        place.road.cut()
        await place.road.open()

    async def strike(place: Place) -> None:
        await show(place, foreign)

    async def mend(place: Place) -> None:
        await show(place, trusted)

    await hold_to(promise, place, Fault(name=fault, strike=strike, mend=mend, loses_socket=True), moment)
