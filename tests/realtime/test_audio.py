"""What a listener, a satellite and a server notice of converted audio."""

from io import BufferedReader, BytesIO, RawIOBase
from itertools import permutations
import wave

from hypothesis import given, settings, strategies as st
import numpy as np
from numpy.typing import NDArray
import pytest

from custom_components.realtime_assist.realtime.audio import (
    MINIMUM_COMMIT_SECONDS,
    PIPELINE,
    WIRE,
    Converter,
    PcmFormat,
    Resampler,
    byte_count,
    duration,
    silence,
    wav_header,
)

type Samples = NDArray[np.float64]

USUAL_RATES = (8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
HALF_SCALE = 16_384.0

# Ratios that an installation meets, up and down, simple and odd. All others have their lengths checked.
ratios = st.sampled_from(
    [(16_000, 24_000), (24_000, 16_000), (24_000, 48_000), (44_100, 16_000), (24_000, 22_050), (48_000, 8_000)]
)
pcm_of_any_length = st.binary(max_size=4_000)
chunk_sizes = st.lists(st.integers(0, 700), max_size=12)


def pcm(samples: Samples) -> bytes:
    return np.rint(samples).astype("<i2").tobytes()


def samples(pcm_bytes: bytes) -> Samples:
    return np.frombuffer(pcm_bytes, "<i2").astype(np.float64)


def tone(frequency: float, rate: int, count: int, amplitude: float = HALF_SCALE) -> Samples:
    return amplitude * np.sin(2 * np.pi * frequency / rate * np.arange(count))


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    """Cut data into chunks of these sizes in bytes, and a last one of what is left."""
    ends = np.minimum(np.cumsum([0, *sizes]), len(data)).tolist()
    return [data[start:end] for start, end in zip(ends, [*ends[1:], len(data)], strict=True)]


def converted(converter: Resampler | Converter, chunks: list[bytes]) -> bytes:
    return b"".join([converter.process(chunk) for chunk in chunks]) + converter.flush()


def resampled(signal: Samples, source_rate: int, target_rate: int, frame: int | None = None) -> Samples:
    """Resample in frames of `frame` samples, or of 20 ms."""
    data = pcm(signal)
    size = 2 * (frame or source_rate // 50)
    return samples(converted(Resampler(source_rate, target_rate), cut(data, [size] * (len(data) // size))))


def offline(signal: Samples, source_rate: int, target_rate: int) -> Samples:
    """Resample a whole signal in one go, by a windowed sinc of 400 zero crossings in float64."""
    lower = min(source_rate, target_rate)
    times = np.arange(round(signal.size * target_rate / source_rate)) / target_rate
    distances = lower * np.subtract.outer(times, np.arange(signal.size) / source_rate)
    window = np.where(abs(distances) < 200, 0.5 + 0.5 * np.cos(np.pi * distances / 200), 0)
    return (np.sinc(distances) * window) @ signal * (lower / source_rate)


def decibels(part: Samples, whole: Samples) -> float:
    return float(10 * np.log10(np.mean(part**2) / np.mean(whole**2)))


@settings(deadline=None)
@given(ratio=ratios, data=pcm_of_any_length, sizes=chunk_sizes)
def test_chunking_never_changes_a_byte(ratio: tuple[int, int], data: bytes, sizes: list[int]) -> None:
    assert converted(Resampler(*ratio), cut(data, sizes)) == converted(Resampler(*ratio), [data])


@pytest.mark.parametrize("size", [1, 2, 3])
def test_single_bytes_and_samples_make_the_same_stream(size: int) -> None:
    data = np.random.default_rng(1).bytes(3_001)
    chunks = cut(data, [size] * (len(data) // size))
    assert converted(Resampler(16_000, 24_000), chunks) == converted(Resampler(16_000, 24_000), [data])


@pytest.mark.parametrize("frame", [1, 3, 17, 32, 320])
def test_chunking_never_changes_which_way_a_tie_is_rounded(frame: int) -> None:
    """Half way between mirrored samples the output is n + 1/2, where the slightest inexactness would show."""
    halves = np.random.default_rng(3).integers(-9_000, 9_000, (100, 40))
    signal = np.concatenate([halves, 1 - halves[:, ::-1]], axis=1).reshape(-1)
    assert (resampled(signal, 24_000, 48_000, frame) == resampled(signal, 24_000, 48_000, signal.size)).all()


@settings(deadline=None, max_examples=50)
@given(data=pcm_of_any_length)
@pytest.mark.parametrize("rates", permutations(USUAL_RATES, 2), ids=lambda rates: f"{rates[0]} to {rates[1]}")
def test_a_stream_lasts_as_long_as_before(rates: tuple[int, int], data: bytes) -> None:
    source_rate, target_rate = rates
    made = converted(Resampler(source_rate, target_rate), [data])
    assert len(made) == 2 * round(len(data) // 2 * target_rate / source_rate)


@pytest.mark.parametrize("rates", permutations(USUAL_RATES, 2), ids=lambda rates: f"{rates[0]} to {rates[1]}")
def test_it_sounds_like_the_whole_signal_resampled_at_once(rates: tuple[int, int]) -> None:
    """In the band that the filter passes: up to three quarters of what the lower rate can carry."""
    source_rate = rates[0]
    random = np.random.default_rng(sum(rates))
    count = source_rate // 20
    frequencies = random.uniform(0, 0.75 * min(rates) / 2, 40)
    # The signal fades in and out: an abrupt start would hold the frequencies that no filter keeps.
    signal = np.hanning(count) * sum(tone(frequency, source_rate, count, 1_000) for frequency in frequencies)
    sizes = random.choice([1, 2, 3, 17, 320, 641], 200).tolist()
    made = samples(converted(Resampler(*rates), cut(pcm(signal), sizes)))
    expected = offline(signal, *rates)
    assert decibels(made - expected, expected) < -60


@pytest.mark.parametrize("frequency", [1_000, 6_000])
def test_tones_go_up_to_the_wire_nearly_without_noise(frequency: int) -> None:
    made = resampled(tone(frequency, 16_000, 32_000), 16_000, 24_000)[6_000:-6_000]
    expected = tone(frequency, 24_000, 48_000)[6_000:-6_000]
    assert decibels(made - expected, expected) < -84


@pytest.mark.parametrize("frequency", [997, 6_001])
def test_tones_come_down_from_the_wire_nearly_without_noise(frequency: int) -> None:
    made = resampled(tone(frequency, 24_000, 48_000), 24_000, 16_000)[4_000:-4_000]
    expected = tone(frequency, 16_000, 32_000)[4_000:-4_000]
    assert decibels(made - expected, expected) < -84


@pytest.mark.parametrize("frequency", [300, 1_000, 3_001, 6_007, 7_001])
def test_no_image_of_a_tone_is_heard(frequency: int) -> None:
    made = resampled(tone(frequency, 16_000, 48_000, 29_000), 16_000, 24_000)[12_000:60_000]
    spectrum = abs(np.fft.rfft(made * np.kaiser(made.size, 20)))
    distance = abs(np.fft.rfftfreq(made.size, 1 / 24_000) - frequency)
    assert 20 * np.log10(spectrum[distance > 50].max() / spectrum[distance <= 50].max()) < -80


@pytest.mark.parametrize("frequency", [8_700, 9_500, 11_000])
def test_what_the_lower_rate_cannot_carry_is_removed(frequency: int) -> None:
    made = resampled(tone(frequency, 24_000, 24_000, 29_000), 24_000, 16_000)[2_000:-2_000]
    assert abs(made).max() <= 0.000_1 * 29_000


@pytest.mark.parametrize("frame", [1, 7, 160, 320, 333])
def test_there_is_no_click_at_a_join(frame: int) -> None:
    made = resampled(tone(440, 16_000, 4_000), 16_000, 24_000, frame)[150:-150]
    assert abs(made - tone(440, 24_000, 6_000)[150:-150]).max() < 2


def test_full_scale_square_wave_is_clipped_and_does_not_wrap_around() -> None:
    square = np.where(np.arange(4_000) // 20 % 2, -32_768.0, 32_767.0)
    made = resampled(square, 16_000, 24_000)
    middle_of_each_half = made[15::30]
    assert made.max() == 32_767
    assert made.min() == -32_768
    assert (middle_of_each_half[0::2] > 30_000).all()
    assert (middle_of_each_half[1::2] < -30_000).all()


@pytest.mark.parametrize("level", [-32_768, -1, 0, 1, 12_345, 32_767])
@pytest.mark.parametrize("target_rate", [8_000, 22_050, 24_000, 48_000])
def test_a_constant_stays_that_constant(target_rate: int, level: int) -> None:
    made = resampled(np.full(2_000, float(level)), 16_000, target_rate)[300:-300]
    assert set(made) == {level}


def test_speech_is_held_back_by_no_more_than_1_2_milliseconds() -> None:
    resampler = Resampler(16_000, 24_000)
    heard, made = 0.0, 0.0
    for _ in range(50):
        heard += 0.02
        made += duration(len(resampler.process(silence(0.02, PIPELINE))), WIRE)
        assert 0 <= heard - made <= 0.0012


def test_sound_is_not_moved_in_time() -> None:
    click = np.zeros(3_000)
    click[1_000] = 20_000
    assert resampled(click, 16_000, 24_000).argmax() == 1_500
    assert resampled(click, 24_000, 8_000).argmax() in {333, 334}


def test_equal_rates_pass_whole_samples_unchanged() -> None:
    resampler = Resampler(24_000, 24_000)
    assert [resampler.process(chunk) for chunk in (b"abc", b"", b"d", b"e")] == [b"ab", b"", b"cd", b""]
    assert resampler.flush() == b""
    assert resampler.process(b"fg") == b"fg"


@pytest.mark.parametrize("rates", [(16_000, 24_000), (24_000, 16_000)])
def test_after_a_flush_another_stream_begins(rates: tuple[int, int]) -> None:
    data = np.random.default_rng(2).bytes(2_001)
    resampler = Resampler(*rates)
    assert converted(resampler, [data]) == converted(resampler, [data])
    assert resampler.flush() == b""


@pytest.mark.parametrize("rates", [(0, 16_000), (16_000, -1)])
def test_impossible_rates_are_named(rates: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=f"at least 1 Hz, not {rates[0]} and {rates[1]} Hz"):
        Resampler(*rates)


def test_a_ratio_that_would_fill_the_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="Cannot resample by 16001/44100: use usual rates"):
        Resampler(44_100, 16_001)


def test_the_formats_of_both_ends() -> None:
    assert (WIRE.rate, WIRE.channels, PIPELINE.rate, PIPELINE.channels) == (24_000, 1, 16_000, 1)
    assert byte_count(MINIMUM_COMMIT_SECONDS, WIRE) == 4_800


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"rate": 0}, "at least 1 Hz, not 0"), ({"rate": 8_000, "channels": 6}, "1 channel or 2, not 6")],
)
def test_formats_that_cannot_be_made_are_refused(arguments: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PcmFormat(**arguments)


def test_durations_are_seconds() -> None:
    stereo = PcmFormat(rate=48_000, channels=2)
    assert duration(32_000, PIPELINE) == 1.0
    assert duration(192_000, stereo) == 1.0
    assert byte_count(0.25, stereo) == 48_000
    assert silence(0.001, stereo) == bytes(192)


@given(seconds=st.floats(0, 3_600), rate=st.sampled_from(USUAL_RATES), channels=st.sampled_from([1, 2]))
def test_a_duration_becomes_whole_frames_nearest_to_it(seconds: float, rate: int, channels: int) -> None:
    pcm_format = PcmFormat(rate=rate, channels=channels)
    size = byte_count(seconds, pcm_format)
    assert size % pcm_format.frame_size == 0
    assert abs(duration(size, pcm_format) - seconds) <= 0.500_001 / rate


def test_no_audio_lasts_less_than_nothing() -> None:
    with pytest.raises(ValueError, match=r"cannot last -0\.5 seconds"):
        silence(-0.5, WIRE)


class Socket(RawIOBase):
    """A stream that can only be read forward."""

    def __init__(self, data: bytes) -> None:
        self._data = BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        return self._data.readinto(buffer)


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize("pcm_format", [WIRE, PcmFormat(rate=48_000, channels=2)])
def test_wav_readers_get_every_frame(pcm_format: PcmFormat, announced: bool) -> None:
    data = bytes(range(200))
    stream = wav_header(pcm_format, len(data) if announced else None) + data
    for file in (BytesIO(stream), BufferedReader(Socket(stream))):
        with wave.open(file) as reader:
            assert (reader.getframerate(), reader.getnchannels()) == (pcm_format.rate, pcm_format.channels)
            assert (reader.getsampwidth(), reader.getcomptype()) == (2, "NONE")
            assert reader.readframes(1_000_000) == data


def test_a_wav_of_known_size_is_the_file_that_python_writes() -> None:
    file = BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((2, 2, 44_100, 0, "NONE", ""))
        writer.writeframes(bytes(range(80)))
    assert file.getvalue() == wav_header(PcmFormat(rate=44_100, channels=2), 80) + bytes(range(80))


def test_a_wav_of_unknown_size_announces_the_largest() -> None:
    header = wav_header(PIPELINE)
    assert len(header) == 44
    assert header[4:8] == header[40:44] == b"\xff\xff\xff\xff"


@pytest.mark.parametrize("size", [-2, 3, 1 << 32])
def test_impossible_wav_sizes_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match=f"whole frames of 2 bytes and less than 4 GiB, not {size} bytes"):
        wav_header(WIRE, size)


@settings(deadline=None)
@given(
    channels=st.tuples(st.sampled_from([1, 2]), st.sampled_from([1, 2])),
    ratio=ratios | st.just((24_000, 24_000)),
    data=pcm_of_any_length,
    sizes=chunk_sizes,
)
def test_conversion_in_chunks_makes_the_same_whole_frames(
    channels: tuple[int, int], ratio: tuple[int, int], data: bytes, sizes: list[int]
) -> None:
    source = PcmFormat(rate=ratio[0], channels=channels[0])
    target = PcmFormat(rate=ratio[1], channels=channels[1])
    made = converted(Converter(source, target), cut(data, sizes))
    assert made == converted(Converter(source, target), [data])
    assert len(made) == target.frame_size * round(len(data) // source.frame_size * target.rate / source.rate)


def test_mono_is_heard_on_both_sides() -> None:
    made = converted(Converter(WIRE, PcmFormat(rate=48_000, channels=2)), [pcm(tone(440, 24_000, 2_400))])
    left, right = samples(made).reshape(-1, 2).T
    assert (left == resampled(tone(440, 24_000, 2_400), 24_000, 48_000)).all()
    assert (left == right).all()


def test_stereo_becomes_the_average_of_both_sides() -> None:
    frames = np.array([[100, 300], [-32_768, -32_768], [32_767, 32_767], [32_767, -32_767], [0, 1], [2, 1]])
    made = converted(Converter(PcmFormat(rate=16_000, channels=2), PIPELINE), [pcm(frames)])
    assert samples(made).tolist() == [200, -32_768, 32_767, 0, 0, 2]


def test_stereo_keeps_its_sides_apart() -> None:
    sides = [tone(440, 48_000, 4_800), tone(3_000, 48_000, 4_800)]
    stereo = PcmFormat(rate=48_000, channels=2), PcmFormat(rate=16_000, channels=2)
    made = samples(converted(Converter(*stereo), [pcm(np.stack(sides, axis=1))])).reshape(-1, 2)
    for side, signal in zip(made.T, sides, strict=True):
        assert (side == resampled(signal, 48_000, 16_000)).all()


def test_a_frame_that_was_cut_does_not_reach_the_next_stream() -> None:
    converter = Converter(PcmFormat(rate=16_000, channels=2), PcmFormat(rate=16_000, channels=2))
    assert converted(converter, [b"abcdefg"]) == b"abcd"
    assert converted(converter, [b"hijk"]) == b"hijk"
