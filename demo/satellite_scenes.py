"""What is said to the satellite, and what must come of it."""

from demo.commands import COMMANDS, Action, Command, ExpectedState

AREA = "Living Room"
"""Where the satellite stands."""
TIMER_SECONDS = 5
SHOPPING = ("bread", "butter", "tomatoes", "apples", "coffee", "orange juice")
"""A list whose reading takes long enough to be interrupted."""
_, LIGHTS_BY_AREA, _, QUESTION, _ = COMMANDS

OWN_ROOM = Command(
    title="the lights of the satellite's own room, which nobody names",
    recording="own-room",
    sentence="Turn on the lights.",
    before=(Action(domain="light", name="turn_off", data={"entity_id": ["light.floor_lamp", "light.reading_lamp"]}),),
    states=(
        ExpectedState(entity_id="light.floor_lamp", value="on"),
        ExpectedState(entity_id="light.reading_lamp", value="on"),
    ),
)
TIMER = Command(
    title="a timer that the satellite hears end",
    recording="timer",
    sentence="Set a timer for five seconds.",
    answer=("5 seconds",),
)
LONG_ANSWER = Command(
    title="a long answer",
    recording="shopping-list",
    sentence="What is on the shopping list?",
    before=tuple(
        Action(domain="todo", name="add_item", data={"entity_id": "todo.shopping_list", "item": item})
        for item in SHOPPING
    ),
    # The list counts what is on it, which changes before the command and not by it.
    answer=("orange juice",),
)
INTERRUPTION = LIGHTS_BY_AREA
