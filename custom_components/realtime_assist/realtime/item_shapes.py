"""How items and requests are written down where the shape is not GA's."""

from collections.abc import Mapping
from typing import Any

from .client_events import ItemParam
from .session_config import Modality
from .session_shapes import beta_modalities


def as_they_are[T](shape: T) -> T:
    """Return what is GA's shape already."""
    return shape


def beta_item(item: ItemParam) -> ItemParam:
    """Return an item in the beta's shape, where the assistant's words are `text`."""
    if item["type"] != "message" or item["role"] != "assistant":
        return item
    return {**item, "content": [{**part, "type": "text"} for part in item["content"]]}


def beta_response(response: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the `response` of a `response.create` in the beta's shape, where modalities are called so."""
    if "output_modalities" not in response:
        return response
    unchanged = {name: value for name, value in response.items() if name != "output_modalities"}
    return {**unchanged, "modalities": beta_modalities(Modality(response["output_modalities"][0]))}
