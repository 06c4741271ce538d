"""An answer tried together with other programs: as server, as client, and where nobody can connect to it."""

from labkit.capture.build import build
from labkit.exercises.attempt import Attempt
from labkit.exercises.mishap import mishap
from labkit.exercises.situation import Other, Situation

SILENT = "int main(void)\n{\n    return 3;\n}\n"
SAYS = '#include <unistd.h>\n\nint main(void)\n{\n    return write(1, "beside", 6) != 6;\n}\n'


def seen(answer: str, situation: Situation):
    return Attempt(build(answer)).observe(situation)


def test_as_a_server_it_is_asked_by_clients_and_ended():
    situation = Situation(
        "", ("0",), after=("echo_client {port} one", "echo_client {port} two"), in_turn=True, signal="SIGTERM"
    )
    observation = seen("echo_server", situation)
    assert observation.seen.name == "echo_server" and observation.seen.signal == "SIGTERM"
    assert [observation.other(number).output(1) for number in (0, 1)] == [b"one", b"two"]
    assert observation.seen.output(1) == b""
    assert {event.pid for event in observation.calls()} == {observation.shown.programs[0].pid}
    assert [event.call for event in observation.calls("accept", "connect")] == ["accept"] * 3
    assert mishap(Attempt(build("echo_server")), observation) is None


def test_as_a_client_it_is_told_the_port():
    observation = seen("echo_client", Situation("", ("{port}", "hello"), before=("echo_server 0",), in_turn=True))
    assert (observation.status, observation.seen.output(1)) == (0, b"hello")
    assert observation.recording.argv == observation.shown.programs[1].argv
    assert observation.other(0).name == "echo_server" and observation.other(0).signal == "SIGTERM"
    assert [event.call for event in observation.calls("accept", "connect")] == ["connect"]


def test_others_may_be_c_text_and_what_they_print_is_theirs():
    observation = seen(SILENT, Situation("", before=(Other(SAYS, (), "says"),), in_turn=True))
    assert (observation.status, observation.seen.output(1)) == (3, b"")
    assert (observation.other(0).name, observation.other(0).output(1)) == ("says", b"beside")


def test_children_are_the_programs_own():
    forks = SAYS.replace("return write", "return fork() == 0 && write")
    observation = seen(forks, Situation("", after=(Other(SAYS, (), "says"),), in_turn=True))
    assert len(observation.recording.own) == 2
    assert [event.pid in observation.recording.own for event in observation.calls("write")] == [True]


def test_a_server_that_never_listens_is_recorded_alone():
    observation = seen(SILENT, Situation("", after=("echo_client {port} x",), in_turn=True))
    assert observation.other(0) is None and observation.status == 3
    assert observation.shown is observation.recording


def test_a_program_that_leaves_another_waiting_for_ever_is_told_whom():
    """It takes the connection with it into a child that never ends; the client waits for the answer."""
    situation = Situation("With a client", ("0",), after=("echo_client {port} x",), in_turn=True, seconds=0.5)
    answering = "        if (echo(client) < 0)\n"
    leaving = "        return fork() == 0 ? pause() : 0;\n"
    program = build("echo_server").source.replace(answering, leaving + answering)
    attempt = Attempt(build(program))
    finding = mishap(attempt, attempt.observe(situation))
    assert finding.cause in ("hangs", "leaves-waiting")
    assert finding.says.startswith("With a client, ")
