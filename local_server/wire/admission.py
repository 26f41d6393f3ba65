"""Who may open a session, and how everybody else is turned away."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from local_server.wire.models import MODELS, Model


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """How a connection is turned away: with an HTTP status, or after the upgrade with an error event and a close."""

    code: str
    message: str = ""
    type: str = "invalid_request_error"
    close_code: int = 4000
    status: int | None = None
    """HTTP status at the upgrade; None upgrades and refuses then."""

    @property
    def reason(self) -> str:
        """The reason of the close frame."""
        return f"{self.type}.{self.code}"

    def as_dict(self) -> dict[str, Any]:
        """Return the error as it stands in an `error` event and in an HTTP body."""
        return {"type": self.type, "code": self.code, "message": self.message, "param": None, "event_id": None}


_KNOWN: Final = (
    Refusal(code="invalid_api_key", message="Incorrect API key provided. Check the key.", close_code=3000),
    Refusal(
        code="missing_model",
        message="You must provide a model parameter, for example /v1/realtime?model=gpt-realtime-2.1",
    ),
    Refusal(code="invalid_model", message="The model is not supported in realtime mode."),
    Refusal(
        code="model_not_found", message="The model does not exist or you do not have access to it.", close_code=4004
    ),
    Refusal(
        code="beta_api_shape_disabled",
        message="The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API.",
    ),
    Refusal(
        code="insufficient_quota",
        type="insufficient_quota",
        message="You exceeded your current quota, please check your plan and billing details.",
        close_code=1013,
    ),
    Refusal(
        code="credit_balance_exhausted",
        type="insufficient_quota",
        message="Your credit balance is exhausted.",
        close_code=1013,
    ),
    Refusal(code="insufficient_permissions", message="The key lacks the permission for this.", close_code=3000),
    Refusal(code="server_error", type="server_error", message="The server had an error.", close_code=1011),
)
REFUSALS: Final[Mapping[str, Refusal]] = {refusal.code: refusal for refusal in _KNOWN}
HTTP_CODES: Final[Mapping[int, str]] = {
    400: "invalid_request",
    401: "invalid_api_key",
    403: "insufficient_permissions",
    404: "model_not_found",
    429: "rate_limit_exceeded",
    500: "server_error",
    503: "server_error",
}


def http_refusal(status: int) -> Refusal:
    """Return the refusal with this HTTP status at the upgrade."""
    code = HTTP_CODES.get(status, "server_error")
    known = REFUSALS.get(code, Refusal(code=code, message=f"HTTP status {status}."))
    return replace(known, status=status)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Whom the server lets in; None for `keys` lets everybody in."""

    keys: Collection[str] | None
    refused_keys: Mapping[str, Refusal]
    refused_models: Mapping[str, Refusal]

    def check_key(self, headers: Mapping[str, str]) -> Refusal | None:
        """Return the refusal of a wrong or absent key."""
        key = key_of(headers)
        if self.keys is None or key in self.keys or key in self.refused_keys:
            return None
        return REFUSALS["invalid_api_key"]

    def admit(self, headers: Mapping[str, str], model_id: str | None) -> Model | Refusal:
        """Return the model to open a session with, or the refusal."""
        if "OpenAI-Beta" in headers:
            return REFUSALS["beta_api_shape_disabled"]
        refusal = self.check_key(headers) or self.refused_keys.get(key_of(headers))
        if refusal is not None:
            return refusal
        return REFUSALS["missing_model"] if not model_id else self.find_model(model_id)

    def find_model(self, model_id: str) -> Model | Refusal:
        """Return the model of that id, or the refusal of a model that is unknown, gone or closed by configuration."""
        refusal = self.refused_models.get(model_id)
        if refusal is not None:
            return refusal
        model = MODELS.get(model_id)
        if model is None:
            return replace(REFUSALS["invalid_model"], message=f'Model "{model_id}" is not supported in realtime mode.')
        if model.shut_down:
            message = f"The model `{model_id}` does not exist or you do not have access to it."
            return replace(REFUSALS["model_not_found"], message=message)
        return model


def key_of(headers: Mapping[str, str]) -> str:
    """Return the key of `Authorization: Bearer` or `api-key`, or an empty text."""
    bearer = headers.get("Authorization", "")
    return bearer.removeprefix("Bearer ") if bearer else headers.get("api-key", "")
