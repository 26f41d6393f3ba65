"""Everything that can go wrong with a realtime session, named by cause.

    SessionError
    ├── AuthenticationFailed    the key is wrong, revoked or lacks the permission
    ├── QuotaExceeded           the balance is empty; a new socket would be refused as well
    ├── ModelUnavailable        this model is unknown, retired or not for this account
    ├── RateLimited             too many requests or tokens for now
    ├── NotRealtime             something answers there, but it is no Realtime server
    ├── TransientSessionError   a new socket will probably do
    │   ├── CannotConnect       nobody answers, or TLS fails
    │   │   └── HungUp          the line was cut before an answer came
    │   ├── ConnectionLost      the socket went away in the middle
    │   ├── SessionExpired      the server's limit on a session's age was reached
    │   ├── ServerSilent        a time limit passed without a word
    │   └── ServerFault         the server says that it is to blame
    ├── ResponseFiltered        the server's content filter stopped the answer
    ├── TranscriptionFailed     the words could not be written down; the session lives on
    ├── TurnOverflow            more output came than a turn may hold
    ├── Misread                 a text was not read aloud as it stands
    ├── TooManySessions         as many sessions as may be are in use
    └── RequestRejected         the server did not understand us

Messages are built from codes only: a server's own sentence may quote the key.
"""

from collections.abc import Mapping
from http import HTTPStatus
import re
from typing import ClassVar

# What a server calls a code may be a sentence, which may quote the key, or have any length.
_CODE = re.compile(r"[\w.:-]{1,64}", re.ASCII)
# `Retry-After` may be a date as well, which is of no use to a clock that has none.
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]+)?", re.ASCII)


class SessionError(Exception):
    """A realtime session could not do what was asked."""

    reason: ClassVar[str]
    """Names the cause; the Home Assistant floor finds its sentence by it."""

    retry: ClassVar[bool] = False
    """Whether the same request may succeed on a new socket right away."""

    next_model: ClassVar[bool] = False
    """Whether another model may succeed where this one did not."""

    reauth: ClassVar[bool] = False
    """Whether the user has to give new credentials."""

    whole_account: ClassVar[bool] = False
    """Whether every model of the account would fail in the same way."""

    lasting: ClassVar[bool] = False
    """Whether the next request would fail in the same way, however soon it came."""

    def __init__(self, code: str | None = None) -> None:
        """Keep the wire's code where it is one; it is all that is safe to show."""
        self.code = code if code is not None and _CODE.fullmatch(code) else self.reason
        super().__init__(self.code)


class AuthenticationFailed(SessionError):
    """The key is wrong, revoked or lacks the permission."""

    reason = "invalid_auth"
    lasting = True
    reauth = True
    whole_account = True


class QuotaExceeded(SessionError):
    """The balance is empty; a new socket would be refused as well."""

    reason = "quota_exceeded"
    lasting = True
    whole_account = True


class ModelUnavailable(SessionError):
    """This model is unknown, retired or not for this account."""

    reason = "model_unavailable"
    lasting = True
    next_model = True


class RateLimited(SessionError):
    """Too many requests or tokens for now."""

    reason = "rate_limited"
    lasting = True
    next_model = True

    def __init__(self, code: str | None = None, *, reset_after: float | None = None) -> None:
        """Keep after how many seconds the limit is reset; None where the server does not say."""
        super().__init__(code)
        self.reset_after = reset_after


class NotRealtime(SessionError):
    """Something answers there, but it is no Realtime server."""

    reason = "not_realtime"
    lasting = True
    whole_account = True


class TransientSessionError(SessionError):
    """A new socket will probably do."""

    retry = True
    next_model = True


class CannotConnect(TransientSessionError):
    """Nobody answers, or TLS fails."""

    reason = "cannot_connect"
    retry = False  # The dial has had its time; the next turn tries again.
    next_model = False
    whole_account = True


class HungUp(CannotConnect):
    """The line was cut before an answer came: that takes no time, and another one may hold."""

    retry = True


class ConnectionLost(TransientSessionError):
    """The socket went away in the middle."""

    reason = "connection_lost"


class SessionExpired(TransientSessionError):
    """The server's limit on a session's age was reached."""

    reason = "session_expired"
    next_model = False


class ServerSilent(TransientSessionError):
    """A time limit passed without a word."""

    reason = "server_silent"


class ServerFault(TransientSessionError):
    """The server says that it is to blame."""

    reason = "server_fault"


class ResponseFiltered(SessionError):
    """The server's content filter stopped the answer."""

    reason = "response_filtered"


class TranscriptionFailed(SessionError):
    """The words could not be written down; the session lives on."""

    reason = "transcription_failed"


class TurnOverflow(SessionError):
    """More output came than a turn may hold."""

    reason = "turn_overflow"


class Misread(SessionError):
    """A text was not read aloud as it stands, not even at the second try."""

    reason = "misread"


class TooManySessions(SessionError):
    """As many sessions as there may be are in use."""

    reason = "too_many_sessions"


class RequestRejected(SessionError):
    """The server did not understand us."""

    reason = "request_rejected"
    next_model = True


# Codes of the `error` event, of `response.done`'s status_details and of close reasons.
ERRORS_BY_CODE: Mapping[str, type[SessionError]] = {
    "invalid_api_key": AuthenticationFailed,
    "invalid_authentication": AuthenticationFailed,
    "insufficient_permissions": AuthenticationFailed,
    "account_deactivated": AuthenticationFailed,
    "insufficient_quota": QuotaExceeded,
    "credit_balance_exhausted": QuotaExceeded,
    "billing_hard_limit_reached": QuotaExceeded,
    "model_not_found": ModelUnavailable,
    "invalid_model": ModelUnavailable,
    "missing_model": ModelUnavailable,
    "rate_limit_exceeded": RateLimited,
    "inference_rate_limit_exceeded": RateLimited,
    "beta_api_shape_disabled": NotRealtime,
    "session_expired": SessionExpired,
    "server_error": ServerFault,
    "model_load_error": ServerFault,
    "session_limit_reached": RateLimited,
    "content_filter": ResponseFiltered,
}

# Types say less than codes and are asked only when the code says nothing.
ERRORS_BY_TYPE: Mapping[str, type[SessionError]] = {
    "insufficient_quota": QuotaExceeded,
    "rate_limit_error": RateLimited,
    "server_error": ServerFault,
    "authentication_error": AuthenticationFailed,
}

ERRORS_BY_HTTP_STATUS: Mapping[int, type[SessionError]] = {
    401: AuthenticationFailed,
    403: AuthenticationFailed,
    404: ModelUnavailable,
    429: RateLimited,
}

ERRORS_BY_CLOSE_CODE: Mapping[int, type[SessionError]] = {
    1001: SessionExpired,
    1011: ServerFault,
    1013: QuotaExceeded,
    3000: AuthenticationFailed,
    4004: ModelUnavailable,
}


def error_from_code(
    code: str | None, error_type: str | None = None, *, default: type[SessionError] = RequestRejected
) -> SessionError:
    """Return the error that a server's code stands for; some servers put the code into the type."""
    for name in (code, error_type):
        if name is not None and name in ERRORS_BY_CODE:
            return ERRORS_BY_CODE[name](name)
    if error_type is not None and error_type in ERRORS_BY_TYPE:
        return ERRORS_BY_TYPE[error_type](code or error_type)
    return default(code or error_type)


def error_from_http_status(status: int, retry_after: str | None = None) -> SessionError:
    """Return the error that an HTTP status in place of the upgrade stands for; `retry_after` is the header's value."""
    if status == HTTPStatus.TOO_MANY_REQUESTS and retry_after is not None and _SECONDS.fullmatch(retry_after):
        return RateLimited(f"http_{status}", reset_after=float(retry_after))
    if (error := ERRORS_BY_HTTP_STATUS.get(status)) is not None:
        return error(f"http_{status}")
    return ServerFault(f"http_{status}") if status >= 500 else NotRealtime(f"http_{status}")


def error_from_close(close_code: int, close_reason: str) -> SessionError:
    """Return the error that a close frame stands for; its reason reads `<type>.<code>`."""
    _, _, code = close_reason.rpartition(".")
    if code in ERRORS_BY_CODE:
        return ERRORS_BY_CODE[code](code)
    return ERRORS_BY_CLOSE_CODE.get(close_code, ConnectionLost)(f"close_{close_code}")
