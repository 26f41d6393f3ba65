"""Realtime sessions on asyncio: sockets, tasks and clocks; Home Assistant is unknown here."""
