"""What an agent remembers of its turns."""

import asyncio

from custom_components.realtime_assist.insight import TurnRecord

from .house import Agent


async def recorded(agent: Agent, count: int = 1) -> list[TurnRecord]:
    """Return the records of an agent's turns, once there are so many: a turn may have sound to come after its run."""
    log = agent.coordinator.turn_log
    changed = asyncio.Event()
    stop = log.listen(changed.set)
    try:
        while len(log.ledger.records) < count:
            changed.clear()
            await changed.wait()
    finally:
        stop()
    return list(log.ledger.records)
