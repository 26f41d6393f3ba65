"""A satellite and a media player of somebody else's, and what they were given to play."""

from dataclasses import dataclass, field
from typing import Any

from homeassistant.components import assist_satellite, media_player, tts
from homeassistant.components.assist_satellite.const import DATA_COMPONENT as SATELLITES
from homeassistant.components.media_player.const import DATA_COMPONENT as PLAYERS
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component

SATELLITE = "assist_satellite.kitchen"
PLAYER = "media_player.living_room"


@dataclass(slots=True)
class Heard:
    """What was played where."""

    texts: list[str] = field(default_factory=list)
    """What a satellite would show."""
    preannounced: list[bool] = field(default_factory=list)
    audio: dict[str, bytes] = field(default_factory=dict)
    """By entity id."""


class Kitchen(assist_satellite.AssistSatelliteEntity):
    """A satellite that fetches what it is to announce."""

    _attr_supported_features = assist_satellite.AssistSatelliteEntityFeature.ANNOUNCE

    def __init__(self, heard: Heard) -> None:
        self.entity_id = SATELLITE
        self._heard = heard

    def async_get_configuration(self) -> assist_satellite.AssistSatelliteConfiguration:
        """Return nothing that could be chosen."""
        raise NotImplementedError

    async def async_set_configuration(self, config: assist_satellite.AssistSatelliteConfiguration) -> None:
        """Take nothing."""

    def on_pipeline_event(self, event: Any) -> None:
        """Take nothing."""

    async def async_announce(self, announcement: assist_satellite.AssistSatelliteAnnouncement) -> None:
        """Fetch all of it."""
        self._heard.texts.append(announcement.message)
        self._heard.preannounced.append(announcement.preannounce_media_id is not None)
        self._heard.audio[SATELLITE] = await _fetched(self.hass, announcement.media_id)


class LivingRoom(media_player.MediaPlayerEntity):
    """A media player that fetches what it is to play, or cannot."""

    _attr_supported_features = (
        media_player.MediaPlayerEntityFeature.PLAY_MEDIA | media_player.MediaPlayerEntityFeature.MEDIA_ANNOUNCE
    )

    def __init__(self, heard: Heard) -> None:
        self.entity_id = PLAYER
        self._heard = heard
        self.broken = False

    async def async_play_media(self, media_type: str, media_id: str, announce: bool | None = None, **_: Any) -> None:
        """Fetch all of it."""
        if self.broken:
            raise HomeAssistantError("The player is broken")
        assert announce
        self._heard.audio[PLAYER] = await _fetched(self.hass, media_id)


async def _fetched(hass: HomeAssistant, media_id: str) -> bytes:
    """Return the audio of a media id or of its address."""
    token = media_id.rpartition("/")[2].partition("?")[0]
    return b"".join([chunk async for chunk in tts.async_get_stream(hass, token).async_stream_result()])


async def add_listeners(hass: HomeAssistant) -> tuple[Heard, LivingRoom]:
    """Add both, and return what they will have heard."""
    for domain in ("media_source", "assist_satellite", "media_player"):
        assert await async_setup_component(hass, domain, {})
    heard = Heard()
    player = LivingRoom(heard)
    await hass.data[SATELLITES].async_add_entities([Kitchen(heard)])
    await hass.data[PLAYERS].async_add_entities([player])
    return heard, player
