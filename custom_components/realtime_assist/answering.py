"""How one turn's answer gets into the chat log, and to whoever speaks it."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

from homeassistant.components import conversation
from homeassistant.components.conversation.chat_log import DATA_CHAT_LOGS
from homeassistant.core import callback

from .chat_log import AnswerDeltas, answer_calls, history_from_chat_log
from .follow_up import EndConversation, listens_on
from .llm_tools import LLMToolExecutor
from .model_options import FollowUp
from .realtime import ConversationItem, FunctionTool, Modality
from .session import RealtimeSession, Turn
from .short_answers import stream_speech
from .sound import Sound


class Answering:
    """A turn, the session that answers it, and the chat log that is told."""

    def __init__(
        self,
        session: RealtimeSession,
        turn: Turn,
        chat_log: conversation.ChatLog,
        *,
        agent_id: str,
        sound: Sound,
        end_tool: FunctionTool | None,
    ) -> None:
        self.turn = turn
        self._session = session
        self._chat_log = chat_log
        self._agent_id = agent_id
        self._sound = sound
        self._executor = EndConversation(LLMToolExecutor(chat_log), end_tool)
        # Only what stands before all words goes unnoticed by a client that compares what it was told with the result.
        waits = sound.own and sound.modality is Modality.AUDIO
        self._told = AnswerDeltas(self._executor.name, self._stream_speech, after_audio=waits)
        self._streams = False

    async def async_run(self, history: Sequence[ConversationItem]) -> None:
        """Stream the answer into the chat log, which then ends in what the assistant said. Raises SessionError.

        It is over when no tool call can follow any more; the turn's sound may not have been heard by then.
        """
        try:
            async with aclosing(self._session.answer(self.turn, history, self._executor)) as events:
                deltas = self._told.deltas(events)
                async for _ in self._chat_log.async_add_delta_content_stream(self._agent_id, deltas):
                    pass
        except asyncio.CancelledError:
            self._cut_off()
            raise
        finally:
            answer_calls(self._chat_log, self._agent_id)
            # What somebody else adds to the chat log from here on is news to the session.
            self._session.remember(history_from_chat_log(self._chat_log.content))
        if self._told.failure is not None:
            raise self._told.failure
        if not isinstance(self._chat_log.content[-1], conversation.AssistantContent):
            # A model may end on a tool call, or say nothing at all: silence is an answer, too.
            self._say("")
        elif self._audible:
            # Where words were faster than sound, the sound is sure to come.
            self._stream_speech()

    def listens_on(self, follow_up: FollowUp) -> bool:
        """Return whether the microphone is opened after the answer."""
        last = self._chat_log.content[-1]
        answer = (isinstance(last, conversation.AssistantContent) and last.content) or ""
        sounds = self._sound.modality is Modality.AUDIO
        return listens_on(
            follow_up,
            answer,
            spoken=self._sound.spoken,
            produced=self.turn.audio.num_bytes > 0 if sounds else bool(answer.strip()),
            ended=self._executor.called,
        )

    @property
    def _audible(self) -> bool:
        """Return whether the answer is words that have, or will have, their sound."""
        return bool(self.turn.answer_text.strip()) and (not self.turn.finished or self.turn.audio.num_bytes > 0)

    @callback
    def _stream_speech(self) -> None:
        """Have the answer's audio asked for, once, by a pipeline that is known to speak with our own voice."""
        if self._sound.own and not self._streams:
            self._streams = True
            stream_speech(self._chat_log)

    def _say(self, text: str) -> None:
        """Add words of the assistant to the chat log."""
        self._chat_log.async_add_assistant_content_without_tools(
            conversation.AssistantContent(agent_id=self._agent_id, content=text)
        )

    def _cut_off(self) -> None:
        """Keep what was said of an answer that somebody has stopped."""
        if self._told.unfinished:
            self._say(self._told.unfinished)
        # Home Assistant then adds a remark of its own, or drops the whole run: that is known when it has done so.
        asyncio.get_running_loop().call_soon(self._remember_what_is_kept)

    @callback
    def _remember_what_is_kept(self) -> None:
        """Tell the session what is left of a run that was stopped, as that is no news to it either."""
        kept = self._chat_log.hass.data.get(DATA_CHAT_LOGS, {}).get(self._chat_log.conversation_id)
        self._session.remember(history_from_chat_log(kept.content if kept is not None else ()))
