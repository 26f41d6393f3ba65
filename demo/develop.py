"""How the demo house stays open for development, with a configuration that is kept."""

import argparse
from pathlib import Path
import sys

from demo.agent import DOMAIN, add_agent, compatible_account
from demo.furnish import furnish
from demo.home_assistant import PASSWORD, REPOSITORY, USER_NAME, RunningHomeAssistant, home_assistant
from demo.lifetime import exit_status
from demo.processes import free_port, is_free
from demo.report import Report
from demo.server import KEY, LocalServer

CONFIG = Path("config")
FURNISHED = REPOSITORY / CONFIG / ".furnished"
"""Only an empty house is furnished: what a developer changed later is not put back."""
BUILD = Path("build/develop")
HOME_ASSISTANT_PORT = 8123
SERVER_PORT = 8765
"""Always the same where it is free: the address is kept in the integration's entry."""
RESTART = 100
"""Home Assistant's exit status when somebody restarts it in its settings."""


async def develop(report: Report, *, with_agent: bool) -> bool:
    """Keep the house open until it ends by itself or from outside; True when it ended well."""
    async with LocalServer(REPOSITORY / BUILD / "local-server.log", port=_port(SERVER_PORT)) as server:
        while True:
            report.step(f"starting Home Assistant on {CONFIG}/ and the local server; logs go to {BUILD}/")
            async with home_assistant(
                REPOSITORY / CONFIG, port=_port(HOME_ASSISTANT_PORT), log=REPOSITORY / BUILD / "home-assistant.log"
            ) as house:
                await _open(house, report, await server.base_url(), with_agent=with_agent)
                status = await house.process.wait()
            if status != RESTART:
                report.step(f"Home Assistant ended with exit status {status}")
                return status == 0


async def _open(house: RunningHomeAssistant, report: Report, base_url: str, *, with_agent: bool) -> None:
    if not FURNISHED.exists():
        await furnish(house.api)
        FURNISHED.touch()
    if with_agent and not await house.api.call("config_entries/get", domain=DOMAIN):
        await add_agent(house.api, compatible_account(base_url, KEY))
    report.step(f"the house is open at {house.url} (login {USER_NAME}, password {PASSWORD}); Ctrl-C closes it")
    report.step(f"a compatible server for the integration: {base_url}, key {KEY}")


def _port(wanted: int) -> int:
    return wanted if is_free(wanted) else free_port()


def main() -> int:
    """Return the exit status of `scripts/develop`."""
    parser = argparse.ArgumentParser("scripts/develop", description="Keep the demo house open for development.")
    parser.add_argument("--with-agent", action="store_true", help="add Realtime Assist with the local server")
    found = parser.parse_args()
    report = Report()
    return exit_status(develop(report, with_agent=found.with_agent), report)


if __name__ == "__main__":
    sys.exit(main())
