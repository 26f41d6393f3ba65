"""The wire side of the server: the protocol, its faults and its scripts."""

from local_server.wire.accents import ACCENTS
from local_server.wire.admission import REFUSALS, Refusal, http_refusal
from local_server.wire.answer import Answer, Call, ErrorDetails, Message, Phase, Status
from local_server.wire.clock import Clock, ManualClock, SystemClock
from local_server.wire.faults import Action, Fault
from local_server.wire.mind import tone
from local_server.wire.scenario import ConnectionStep, Scenario, Speech, Turn
from local_server.wire.scenario_file import ScenarioError, load_scenario, scenario_from_dict
from local_server.wire.server import Connection, RealtimeServer

__all__ = [
    "ACCENTS",
    "REFUSALS",
    "Action",
    "Answer",
    "Call",
    "Clock",
    "Connection",
    "ConnectionStep",
    "ErrorDetails",
    "Fault",
    "ManualClock",
    "Message",
    "Phase",
    "RealtimeServer",
    "Refusal",
    "Scenario",
    "ScenarioError",
    "Speech",
    "Status",
    "SystemClock",
    "Turn",
    "http_refusal",
    "load_scenario",
    "scenario_from_dict",
    "tone",
]
