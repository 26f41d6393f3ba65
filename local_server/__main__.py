"""How the server is run from a shell."""

import argparse
import asyncio
import json
import logging
from pathlib import Path
import signal
import sys

from local_server.offline import OfflineEngine
from local_server.wire import ACCENTS, RealtimeServer, Scenario, ScenarioError, load_scenario


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local_server", description="A Realtime server without internet.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: any that is free)")
    keys = parser.add_mutually_exclusive_group()
    keys.add_argument("--key", action="append", help="a key that is let in; may be given several times")
    keys.add_argument("--no-key", action="store_true", help="let everybody in")
    parser.add_argument("--scenario", type=Path, help="YAML or JSON file to follow; see local_server/README.md")
    parser.add_argument(
        "--dialect", choices=tuple(ACCENTS), default="ga", help="the kind of server to pass for (default: %(default)s)"
    )
    parser.add_argument("--verbose", action="store_true", help="log the types of all events")
    arguments = parser.parse_args()
    if not arguments.key and not arguments.no_key:
        parser.error("say who is let in: --key sk-local, or --no-key for everybody")
    return arguments


async def _serve(arguments: argparse.Namespace, scenario: Scenario) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    engine = OfflineEngine()
    try:
        await engine.warm()
        server = RealtimeServer(
            engine=engine,
            keys=None if arguments.no_key else arguments.key,
            scenario=scenario,
            host=arguments.host,
            port=arguments.port,
            record=False,
            accent=arguments.dialect,
        )
        async with server:
            print(json.dumps({"url": server.url, "http_url": server.http_url}), flush=True)
            await ended.wait()
    finally:
        await engine.close()


def main() -> int:
    """Serve until SIGTERM; print one JSON line with the URLs when clients may come. Returns the exit code."""
    arguments = _arguments()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    logging.getLogger("local_server").setLevel(logging.DEBUG if arguments.verbose else logging.WARNING)
    try:
        scenario = Scenario() if arguments.scenario is None else load_scenario(arguments.scenario)
    except ScenarioError as wrong:
        print(wrong, file=sys.stderr)
        return 2
    asyncio.run(_serve(arguments, scenario))
    return 0


if __name__ == "__main__":
    sys.exit(main())
