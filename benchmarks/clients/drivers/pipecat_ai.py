"""pipecat-ai: a pipeline of its realtime service and a processor behind it that takes the audio."""

import asyncio
from typing import override

from loguru import logger
from pipecat.frames.frames import Frame, InputAudioRawFrame, LLMFullResponseEndFrame, StartFrame, TTSAudioRawFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.openai.realtime import events
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService
from pipecat.workers.runner import WorkerRunner

from benchmarks.clients.drivers.driver import INSTRUCTIONS, KEY, MODEL, QUESTION, SPEECH, VOICE, OnPcm, unheard
from benchmarks.clients.stamps import SAMPLE_RATE

# At debug level, which it begins with, it writes a line for many of the frames.
logger.remove()


class _Loudspeaker(FrameProcessor):
    """Takes what an output transport would play."""

    def __init__(self) -> None:
        super().__init__()
        self.on_pcm: OnPcm = unheard
        self.started = asyncio.Event()
        self.over = asyncio.Event()

    @override
    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        match frame:
            case TTSAudioRawFrame():
                self.on_pcm(frame.audio)
            case LLMFullResponseEndFrame():
                self.over.set()
            case StartFrame():
                self.started.set()
        await self.push_frame(frame, direction)


class PipecatAi:
    """A worker that runs one pipeline."""

    frame = SPEECH

    def __init__(self) -> None:
        self._service: OpenAIRealtimeLLMService
        self._loudspeaker = _Loudspeaker()
        self._worker: PipelineWorker
        self._running: asyncio.Task[None]

    async def connect(self, base_url: str) -> None:
        """Start the pipeline, whose service dials while it is set up."""
        audio = events.AudioConfiguration(
            input=events.AudioInput(format=events.PCMAudioFormat(), turn_detection=False),
            output=events.AudioOutput(format=events.PCMAudioFormat(), voice=VOICE),
        )
        self._service = OpenAIRealtimeLLMService(
            api_key=KEY,
            base_url=f"{base_url}/realtime",
            settings=OpenAIRealtimeLLMService.Settings(
                model=MODEL,
                system_instruction=INSTRUCTIONS,
                session_properties=events.SessionProperties(audio=audio, output_modalities=["audio"]),
            ),
        )
        self._worker = PipelineWorker(
            Pipeline([self._service, self._loudspeaker]),
            params=PipelineParams(audio_in_sample_rate=SAMPLE_RATE, audio_out_sample_rate=SAMPLE_RATE),
            idle_timeout_secs=None,
        )
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(self._worker)
        self._running = asyncio.create_task(runner.run())
        await self._loudspeaker.started.wait()

    async def respond(self, on_pcm: OnPcm) -> None:
        """Send the events of a typed turn through the service."""
        self._loudspeaker.on_pcm = on_pcm
        self._loudspeaker.over.clear()
        content = [events.ItemContent(type="input_text", text=QUESTION)]
        item = events.ConversationItem(type="message", role="user", content=content)
        await self._service.send_client_event(events.ConversationItemCreateEvent(item=item))
        await self._service.send_client_event(events.ResponseCreateEvent())
        await self._loudspeaker.over.wait()

    async def append(self, frame: bytes) -> None:
        """Queue a frame, as an input transport does."""
        await self._worker.queue_frame(InputAudioRawFrame(audio=frame, sample_rate=SAMPLE_RATE, num_channels=1))

    async def close(self) -> None:
        """Cancel the pipeline."""
        await self._worker.cancel()
        await self._running


make = PipecatAi
