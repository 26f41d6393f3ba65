"""When the satellite listens on: what counts as a question, and what the model and the user want."""

import pytest

from custom_components.realtime_assist.follow_up import asks, listens_on
from custom_components.realtime_assist.model_options import FollowUp


@pytest.mark.parametrize(
    "text",
    [
        "Which one?",
        'Did you say "the big one?"',
        "Soll ich es einschalten? 🙂",
        "¿Cuál de las dos?",
        "Ποιο από τα δύο;",
        "أي واحد؟",
        "どれですか\uff1f",
        "የትኛው፧",
        "Ո\u055eրը միացնեմ\u0589",
        "Really?!?",
        "Which one❓",
        "Shall I? ",
    ],
)
def test_a_question_is_one_in_every_script(text: str) -> None:
    """The last mark decides, whatever quotes, blanks and pictures come after it."""
    assert asks(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "Done.",
        "You asked: why? It is on.",
        "It is on",
        "Լույսը վառված է\u0589",
        "Ո\u055eրը\u0589 Դուռը\u0589",
        "Why?) Because 1",
    ],
)
def test_whatever_else_is_said_is_no_question(text: str) -> None:
    """A question earlier in the answer has been followed by something."""
    assert not asks(text)


@pytest.mark.parametrize(
    ("follow_up", "answer", "expected"),
    [
        (FollowUp.AUTOMATIC, "Which one?", True),
        (FollowUp.AUTOMATIC, "Done.", False),
        (FollowUp.ALWAYS, "Done.", True),
        (FollowUp.NEVER, "Which one?", False),
    ],
)
def test_the_option_decides_about_a_spoken_answer(follow_up: FollowUp, answer: str, expected: bool) -> None:
    """Unless the model has ended the conversation, or nothing came out of the loudspeaker."""
    assert listens_on(follow_up, answer, spoken=True, produced=True, ended=False) is expected
    assert not listens_on(follow_up, answer, spoken=True, produced=False, ended=False)
    assert not listens_on(follow_up, answer, spoken=True, produced=True, ended=True)


def test_who_writes_is_only_asked_back() -> None:
    """A written conversation has no microphone that would have to be closed."""
    assert not listens_on(FollowUp.ALWAYS, "Done.", spoken=False, produced=True, ended=False)
    assert listens_on(FollowUp.ALWAYS, "Which one?", spoken=False, produced=True, ended=False)
