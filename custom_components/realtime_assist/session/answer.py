"""How a turn is answered: responses, the function calls between them, and a second try on a new socket."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Protocol

from ..realtime import AssistantMessage, CommandRefused, ConversationItem, OutputItem, ResponseDone, ResponseStatus
from .exceptions import RequestRejected, ResponseFiltered, ServerFault, SessionError, TurnOverflow, error_from_code
from .tools import ToolExecutor, ToolRun
from .turn import Turn
from .turn_events import AudioStarted, ItemAdded, MessageStarted, TextDelta, ToolCalled, ToolReturned, TurnEvent

# Home Assistant's own agents stop a model that calls tools without end after as many.
MAX_RESPONSES = 10
# Three hours of speech, and more than any model may write at once: each delta is shown with all that was said before.
MAX_CHARACTERS = 200_000


class Responder(Protocol):
    """What an answer needs of its session."""

    async def create_response(self, turn: Turn) -> None:
        """Ask for the next response, on a new socket where the old one is gone. Raises SessionError."""
        ...

    def recover(self, turn: Turn, error: SessionError) -> SessionError | None:
        """Return None where the turn goes on after an error, on whatever rung; else the error that ends it."""
        ...

    def create_items(self, turn: Turn, items: list[ConversationItem]) -> None:
        """Add items to the end of the conversation that the turn is in."""
        ...


class Answer:
    """The responses of one turn, up to the one that calls no function."""

    def __init__(self, responder: Responder, turn: Turn, executor: ToolExecutor, tool_limit: float) -> None:
        self._responder = responder
        self._turn = turn
        self._executor = executor
        self._tool_limit = tool_limit
        self._said = ""
        self._heard = 0

    async def events(self) -> AsyncGenerator[TurnEvent]:
        """Yield what happens, as it happens. Raises SessionError.

        It ends as soon as no call can follow; where the last response is not over then, `turn.returned` says so.
        """
        for _ in range(MAX_RESPONSES):
            tools = ToolRun(self._executor, self._tool_limit)
            try:
                for part in (self._response(tools), self._results(tools)):
                    async with aclosing(part) as events:
                        async for event in events:
                            yield event
            finally:
                tools.cancel()
            if not tools.calls or self._ended_by(tools):
                return
        raise TurnOverflow("tool_rounds")

    def _ended_by(self, tools: ToolRun) -> bool:
        """Return whether nothing is to be said after these calls: something was, and they ask for no more."""
        outcomes = self._turn.tools[-len(tools.calls) :]
        return bool(self._turn.answer_text.strip()) and all(outcome.ends_turn for outcome in outcomes)

    async def _response(self, tools: ToolRun) -> AsyncGenerator[TurnEvent]:
        """Yield one response; calls are started as soon as each is whole."""
        if self._turn.error is not None:
            raise self._turn.error
        yield MessageStarted()
        said_before = len(self._turn.answer_text)
        while True:
            error: SessionError | None = None
            try:
                async with aclosing(self._one_try(tools)) as events:
                    async for event in events:
                        yield event
            except SessionError as err:
                error = err
                self._turn.note(err)
            said = self._turn.answer_text[said_before:]
            touched = said or tools.calls or self._turn.audio.num_bytes > self._heard
            # Only a response of which nothing has been heard or done may be asked for again.
            if error is None or touched or (error := self._responder.recover(self._turn, error)) is not None:
                break
        self._message_over()
        self._heard = self._turn.audio.num_bytes
        self._turn.steps += tools.calls
        if error is not None and tools.calls:
            # What calls have done to the house is told to the model in any case, on whatever rung.
            error = self._responder.recover(self._turn, error)
        if error is not None:
            async with aclosing(self._results(tools)) as results:
                async for event in results:
                    yield event
            raise error

    async def _one_try(self, tools: ToolRun) -> AsyncGenerator[TurnEvent]:
        """Ask for a response once and yield what comes of it, until it is over or can call nothing any more."""
        await self._responder.create_response(self._turn)
        said_before = len(self._turn.answer_text)
        while True:
            match await self._turn.inbox.get():
                case TextDelta(text) as delta:
                    self._take(text)
                    yield delta
                case AudioStarted() as started:
                    yield started
                case ItemAdded(item) if item.type == "message":
                    if self._message_over():
                        yield MessageStarted()
                case OutputItem(type="message", phase="final_answer", status="completed") if not tools.calls:
                    self._turn.returned = True
                    # All of its sound has come: who hears it need not wait for an end that may never be told.
                    self._turn.audio.close()
                    return
                case OutputItem(function_call=call, status=status) if call is not None and status != "incomplete":
                    if tools.start(call):
                        yield ToolCalled(call)
                case CommandRefused() as refused:
                    raise error_from_code(refused.code, refused.error_type)
                case ResponseDone() as done:
                    said = len(self._turn.answer_text) > said_before or self._turn.audio.num_bytes > self._heard
                    if (failure := failure_of(done, empty=not said and not tools.calls)) is not None:
                        raise failure
                    return

    def _take(self, text: str) -> None:
        """Add to what was said. Raises TurnOverflow."""
        if len(self._turn.answer_text) + len(text) > MAX_CHARACTERS:
            raise TurnOverflow("text")
        self._turn.answer_text += text
        self._said += text

    def _message_over(self) -> bool:
        """Remember what a message has said, to be told to a new socket; return whether it has said anything."""
        said, self._said = self._said, ""
        if said:
            self._turn.steps.append(AssistantMessage(said))
        return bool(said)

    async def _results(self, tools: ToolRun) -> AsyncGenerator[TurnEvent]:
        """Yield what the calls return, and tell the server all of it before the next response."""
        outputs: list[ConversationItem] = []
        # While tools keep the model from speaking, a satellite hears silence.
        self._turn.audio.bridge(bridged=bool(tools.calls))
        try:
            for call in tools.calls:
                outcome = await tools.outcome(call)
                outputs.append(outcome.output(call))
                self._turn.tools.append(outcome)
                yield ToolReturned(call, outcome)
        finally:
            # Whoever leaves halfway leaves a model that knows what was done.
            self._turn.audio.bridge(bridged=False)
            self._turn.steps += outputs
            self._responder.create_items(self._turn, outputs)


def failure_of(done: ResponseDone, *, empty: bool = False) -> SessionError | None:
    """Return what a response that did not complete stands for; one cut at its token limit keeps what was said.

    One that was cut before anything came of it, as it is `empty`, would be silence for an answer.
    """
    if done.status is ResponseStatus.FAILED:
        return error_from_code(done.error_code, done.error_type, default=ServerFault)
    if done.status is ResponseStatus.CANCELLED:
        return ServerFault("response_cancelled")
    if done.status is ResponseStatus.INCOMPLETE and done.reason == "content_filter":
        return ResponseFiltered(done.reason)
    if done.status is ResponseStatus.INCOMPLETE and empty:
        # As much would be thought, and paid for, once more: the limit is one of the agent's settings.
        return RequestRejected(done.reason)
    return None
