"""What are the fields of an agent's forms made of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    EntityWithDeviceFilterSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    ObjectSelector,
    ObjectSelectorConfig,
    ObjectSelectorField,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import probatio

from .local_engines import own_engines
from .realtime.catalog import Model
from .texts import Texts

type Fields = Mapping[probatio.Marker, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the fields of the second step depend on."""

    hass: HomeAssistant
    texts: Texts
    model: Model
    """The one that is asked first."""
    fallback_models: Sequence[SelectOptionDict]
    transcription_models: Sequence[SelectOptionDict]
    voices: Sequence[SelectOptionDict]


def open_choice(options: Iterable[SelectOptionDict], *, multiple: bool = False) -> SelectSelector:
    """Return a choice that also takes names which are not listed."""
    return SelectSelector(
        SelectSelectorConfig(
            options=list(options), custom_value=True, multiple=multiple, mode=SelectSelectorMode.DROPDOWN
        )
    )


def translated(name: str, values: Iterable[str]) -> SelectSelector:
    """Return a choice whose names are in the translations."""
    return SelectSelector(
        SelectSelectorConfig(
            options=[str(value) for value in values], translation_key=name, mode=SelectSelectorMode.DROPDOWN
        )
    )


def tokens(least: int, most: int | None) -> NumberSelector:
    """Return a box for a number of tokens."""
    config = NumberSelectorConfig(
        min=least, step=1, mode=NumberSelectorMode.BOX, unit_of_measurement="tokens", translation_key="token_count"
    )
    return NumberSelector(config if most is None else {**config, "max": most})


def table(name: str, columns: Mapping[str, Mapping[str, Any]]) -> ObjectSelector:
    """Return a table of two columns, each with its selector; the names are in the translations."""
    label, description = columns
    return ObjectSelector(
        ObjectSelectorConfig(
            multiple=True,
            translation_key=name,
            label_field=label,
            description_field=description,
            fields={
                column: ObjectSelectorField(required=True, selector=dict(selector))
                for column, selector in columns.items()
            },
        )
    )


def engine(hass: HomeAssistant, domain: str) -> EntitySelector:
    """Return a choice of the speech engines that are not ours."""
    return EntitySelector(
        EntitySelectorConfig(
            filter=[EntityWithDeviceFilterSelectorConfig(domain=domain)], exclude_entities=own_engines(hass, domain)
        )
    )
