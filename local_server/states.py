"""How states and measured values are said."""

from typing import Final

from .home import HomeEntity

_UNITS: Final = {
    "°C": "degrees",
    "°F": "degrees",
    "%": "percent",
    "W": "watts",
    "kW": "kilowatts",
    "Wh": "watt hours",
    "kWh": "kilowatt hours",
    "ppm": "parts per million",
    "lx": "lux",
    "hPa": "hectopascals",
    "mbar": "millibars",
    "km/h": "kilometers per hour",
    "m/s": "meters per second",
    "mm": "millimeters",
    "min": "minutes",
    "h": "hours",
    "s": "seconds",
}
_OPEN: Final = {"on": "open", "off": "closed"}
_BINARY: Final = {
    "door": _OPEN,
    "garage_door": _OPEN,
    "opening": _OPEN,
    "window": _OPEN,
    "lock": {"on": "unlocked", "off": "locked"},
    "moisture": {"on": "wet", "off": "dry"},
    "motion": {"on": "detecting motion", "off": "quiet"},
    "occupancy": {"on": "occupied", "off": "empty"},
    "presence": {"on": "at home", "off": "away"},
    "battery": {"on": "low", "off": "charged"},
    "connectivity": {"on": "connected", "off": "disconnected"},
    "smoke": {"on": "detecting smoke", "off": "clear"},
    "problem": {"on": "reporting a problem", "off": "fine"},
}
_WEATHER: Final = {
    "partlycloudy": "partly cloudy",
    "clear-night": "clear",
    "lightning-rainy": "stormy and rainy",
    "snowy-rainy": "snowing and raining",
    "pouring": "pouring",
    "exceptional": "exceptional",
}


def state_word(entity: HomeEntity) -> str:
    """Return the state as a word: a door that is "on" is "open"."""
    if entity.domain == "binary_sensor":
        return _BINARY.get(entity.device_class, {}).get(entity.state, entity.state)
    if entity.domain == "weather":
        return _WEATHER.get(entity.state, entity.state)
    return {"unknown": "unknown", "not_home": "away", "heat_cool": "on automatic"}.get(
        entity.state, entity.state.replace("_", " ")
    )


def measured(value: str, unit: str) -> str:
    """Return a value with its unit spelled out: "19.5 degrees"."""
    number = value.removesuffix(".0")
    words = _UNITS.get(unit, unit)
    if number == "1":
        words = words.removesuffix("s")
    return f"{number} {words}".strip()


def state_phrase(entity: HomeEntity) -> str:
    """Return what follows "is": "19.5 degrees", "on at 50 percent", "set to 21 degrees at 20.5 degrees now"."""
    attributes = entity.attributes
    word = state_word(entity)
    match entity.domain:
        case "sensor" | "number" | "input_number":
            return measured(word, attributes.get("unit_of_measurement", ""))
        case "light" if entity.state == "on" and "brightness_pct" in attributes:
            return f"on at {attributes['brightness_pct']} percent"
        case "cover" if attributes.get("current_position") not in {None, "0", "100"}:
            return f"open to {attributes['current_position']} percent"
        case "climate" if "temperature" in attributes and "current_temperature" in attributes:
            now = measured(attributes["current_temperature"], "°C")
            return f"set to {measured(attributes['temperature'], '°C')}, and it is {now} now"
        case "media_player" if entity.state == "playing" and "media_title" in attributes:
            return f"playing {attributes['media_title']}"
        case "weather" if "temperature" in attributes:
            return f"{word} at {measured(attributes['temperature'], '°C')}"
        case _:
            return word


def temperature_of(entity: HomeEntity) -> str | None:
    """Return the temperature that an entity measures, said with its unit, or None if it measures none."""
    if entity.domain == "climate":
        value = entity.attributes.get("current_temperature")
    elif entity.domain == "weather":
        value = entity.attributes.get("temperature")
    elif entity.device_class == "temperature" and entity.state not in {"unknown", "unavailable"}:
        value = entity.state
    else:
        value = None
    return None if value is None else measured(value, "°C")
