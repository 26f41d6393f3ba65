"""What the server answers over plain HTTP."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import orjson
from websockets.datastructures import Headers
from websockets.http11 import Response

from local_server.wire.admission import House, Refusal
from local_server.wire.models import MODELS, Model

MODELS_PATH: Final = "/v1/models"


def json_response(status: int, body: Mapping[str, Any]) -> Response:
    """Return an HTTP response with a JSON body."""
    content = orjson.dumps(body)
    headers = Headers()
    headers["Content-Type"] = "application/json"
    headers["Content-Length"] = str(len(content))
    headers["Connection"] = "close"
    return Response(status, HTTPStatus(status).phrase, headers, content)


def refused(refusal: Refusal, status: int) -> Response:
    """Return the refusal as HTTP."""
    error = {name: value for name, value in refusal.as_dict().items() if name != "event_id"}
    return json_response(status, {"error": error})


def answer_rest(path: str, headers: Mapping[str, str], house: House) -> Response:
    """Return the answer to `GET /v1/models` and `GET /v1/models/{id}`, or to whatever else was asked for."""
    refusal = house.check_key(headers)
    if refusal is not None:
        return refused(refusal, 401)
    if path == MODELS_PATH:
        here = [model for model in MODELS.values() if isinstance(house.find_model(model.id), Model)]
        return json_response(200, {"object": "list", "data": [model.as_dict() for model in here]})
    if path.startswith(f"{MODELS_PATH}/"):
        found = house.find_model(path.removeprefix(f"{MODELS_PATH}/"))
        if isinstance(found, Model):
            return json_response(200, found.as_dict())
        return refused(found, found.status or 404)
    unknown = Refusal(code="unknown_url", message=f"Unknown request URL: GET {path}.")
    return refused(unknown, 404)
