"""Predicted traces: the learner's lines of calls and numbers, read tolerantly and set against what was recorded.

Pure: text and a recording in, the first difference out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from labkit.decode.numbers import NUMBER
from labkit.decode.text import quoted
from labkit.exercises.requirement import Finding, exactly
from labkit.exercises.situation import Situation
from labkit.exercises.touched import READING, WRITING, data, number, own_calls
from labkit.model import Event, Recording

# What is one call to whoever writes C: the library's name and the kernel's, the older call and the newer.
_FAMILIES = {
    "open": ("openat", "openat2", "creat"),
    "dup2": ("dup3",),
    "pipe": ("pipe2",),
    "fork": ("clone", "clone3", "vfork"),
    "wait": ("wait4", "waitpid", "waitid"),
    "exit": ("exit_group", "_exit"),
    "exec": ("execve", "execvp", "execlp", "execv", "execl"),
    "pread": ("pread64",),
    "pwrite": ("pwrite64",),
    "accept": ("accept4",),
}
_FAMILY = {name: family for family, names in _FAMILIES.items() for name in (family, *names)}
_MAKES = ("open", "dup", "dup2", "fcntl", "socket", "accept")  # these answer with a descriptor
_COUNTS = ("read", "write")  # these answer with a number of bytes
_FAILED = {"ENOENT": "no file has that name now", "EACCES": "it may not be opened like that"}
_KNOWN = sorted({*NUMBER, *_FAMILY}, key=len, reverse=True)
_CALL = re.compile(rf"\b({'|'.join(_KNOWN)})\b(?!\s*=\s*[a-z])")
_RESULT = re.compile(r"(?:=|->|→|returns|gives|gets|:)\s*(-?\d+)")
_IGNORED = re.compile(r"//.*|/\*.*?\*/|\"[^\"]*\"|'[^']*'|^\s*\d+[.)]\s+")


@dataclass(frozen=True)
class Calls:
    """What is predicted: the calls `names` in the order of the program's run in `when`, `with_numbers` or without.

    The number is the descriptor that a call makes or is given; with `returns` it is what each returned. Of calls in
    `counted` both are predicted: the descriptor, and how many bytes they moved. `extra` says why there is no call where
    somebody expects one.
    """

    when: Situation
    names: tuple[str, ...]
    with_numbers: bool = True
    counted: tuple[str, ...] = ()
    returns: bool = False
    extra: str = ""


@dataclass(frozen=True)
class Guess:
    """One call as the learner foresees it: its family, the numbers given to it, what it returns if that is said."""

    text: str
    name: str
    given: tuple[int, ...]
    result: int | None


def guesses(answer: str) -> tuple[Guess, ...] | Finding:
    """The calls in the lines of `answer`; Finding for a line in which there is none.

    >>> [(g.name, g.given, g.result) for g in guesses("open = 3\\nclose(3)\\ndup 4 -> 3")]
    [('open', (), 3), ('close', (3,), None), ('dup', (4,), 3)]
    >>> [g.name for g in guesses("openat write close")]
    ['open', 'write', 'close']
    >>> guesses("printf 1").says
    'In line 1, `printf 1`, there is no system call; write one line for each, as open = 3.'
    """
    found: list[Guess] = []
    for row, line in enumerate(answer.splitlines(), 1):
        bare = _IGNORED.sub(" ", line)
        if not bare.strip():
            continue
        calls = list(_CALL.finditer(bare))
        if not calls:
            says = f"In line {row}, `{line.strip()}`, there is no system call; write one line for each, as open = 3."
            return Finding("unreadable", says)
        ends = [*(call.start() for call in calls[1:]), len(bare)]
        for call, end in zip(calls, ends, strict=True):
            found.append(_guess(bare[call.start() : end].strip(" ,;\t"), call[1], bare[call.end() : end]))
    return tuple(found)


def _guess(text: str, name: str, rest: str) -> Guess:
    result = _RESULT.search(rest)
    before = rest[: result.start()] if result else rest
    given = tuple(int(word) for word in re.findall(r"-?\d+", before))
    return Guess(text, _FAMILY.get(name, name), given, int(result[1]) if result else None)


def first_difference(calls: Calls, guessed: tuple[Guess, ...], recording: Recording) -> Finding | None:
    """Where the prediction and the recorded run part for the first time, and why it went as it did."""
    happened = own_calls(recording, *calls.names)
    if not guessed:
        return Finding("nothing-predicted", "There is no call in your prediction yet: write one line for each.")
    names = [_FAMILY.get(event.call, event.call) for event in happened]
    for at, guess in enumerate(guessed):
        where = f"Call {at + 1}, `{guess.text}`"
        if at == len(happened):
            says = f"{where}: there is no such call; the program makes {len(happened)} of these calls. {calls.extra}"
            return Finding("extra-call", says.rstrip())
        event = happened[at]
        if guess.name != names[at]:
            did = f"{_counted(event) if calls.returns else _shown(event)}, line {event.place.line}"
            return _other_call(where, names[at:], [one.name for one in guessed[at:]], event, did)
        if calls.returns:
            if (finding := _other_count(where, guess, event, calls.extra)) is not None:
                return finding
        elif (
            calls.with_numbers and (finding := _other_number(where, guess, names[at], event, happened[:at])) is not None
        ):
            return finding
        if names[at] in calls.counted and (finding := _other_bytes(where, guess, event)) is not None:
            return finding
    if len(guessed) < len(happened):
        event = happened[len(guessed)]
        did = _counted(event) if calls.returns else _shown(event)
        yours = "call" if len(guessed) == 1 else f"{len(guessed)} calls"
        says = f"After your {yours} the program makes another: {did}, line {event.place.line}."
        return Finding("too-short", says, exactly(event))
    return None


def _other_call(where: str, names: list[str], guessed: list[str], event: Event, did: str) -> Finding:
    left_out, too_many = _agree(guessed, names[1:]), _agree(guessed[1:], names)
    if left_out and left_out >= too_many:
        says = f"{where}: before it comes another call that you left out, {did}."
        return Finding("missing-call", says, exactly(event))
    if too_many:
        return Finding("extra-call", f"{where}: no such call is made here; what comes is {did}.", exactly(event))
    return Finding("other-call", f"{where}: what comes here is {did}.", exactly(event))


def _agree(one: list[str], other: list[str]) -> int:
    """How many names at the beginning are the same.

    >>> _agree(["open", "dup"], ["open", "close"]), _agree([], ["dup"])
    (1, 0)
    """
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _other_number(where: str, guess: Guess, name: str, event: Event, before: tuple[Event, ...]) -> Finding | None:
    fds = _fds(event)
    if name in _MAKES:
        return _other_result(where, guess, name, fds, event, before)
    if name in _COUNTS and not guess.given:
        return None  # it says what came back: of which descriptor, only that
    told = guess.given[:1] or (() if not guess.result else (guess.result,))
    if fds and not told:
        return Finding("no-number", f"{where}: of which descriptor? Write {name} and its number.", exactly(event))
    if fds and told[0] != fds[0]:
        says = f"{where}: it was descriptor {fds[0]}: {_shown(event)}, line {event.place.line}."
        return Finding("other-descriptor", says, exactly(event))
    return None


def _other_bytes(where: str, guess: Guess, event: Event) -> Finding | None:
    """Whether a call of which the descriptor is foretold, too, moved another number of bytes than foreseen."""
    result = guess.given[1] if guess.result is None and len(guess.given) == 2 else guess.result
    if result is None:
        does = "move" if guess.name in WRITING else "bring"
        says = (
            f"{where}: how many bytes does it {does}? Write the descriptor and what it returns, as {guess.name} 3 = 10."
        )
        return Finding("no-count", says, exactly(event))
    if result != event.result:
        moved = (
            f", {quoted(data(event)[: event.result or 0])}, line {event.place.line}" if (event.result or 0) > 0 else ""
        )
        return Finding("other-count", f"{where}: it returned {event.result}. {_shown(event)}{moved}.", exactly(event))
    return None


def _other_result(
    where: str, guess: Guess, name: str, fds: tuple[int, ...], event: Event, before: tuple[Event, ...]
) -> Finding | None:
    given, result = guess.given, guess.result
    if result is None and name == "dup2" and len(given) == 2:
        result = given[1]  # dup2(2): on success it returns the new descriptor
    elif result is None and "(" not in guess.text and given:
        *rest, result = given
        given = tuple(rest)
    if result is None:
        return Finding(
            "no-number", f"{where}: which number does it return? Write {name} = and the number.", exactly(event)
        )
    if name in ("dup", "dup2") and given and given != fds[: len(given)]:
        says = f"{where}: the copy was made otherwise: {_shown(event)}, line {event.place.line}."
        return Finding("other-descriptor", says, exactly(event))
    if result == event.result:
        return None
    says = f"{where}: it returned {event.result}. {_why(name, event, before)}"
    return Finding("other-number", says, exactly(event))


def _other_count(where: str, guess: Guess, event: Event, extra: str) -> Finding | None:
    """Whether a read or write moved another number of bytes than foreseen, and why as many as it did."""
    count = guess.result if guess.result is not None else next(reversed(guess.given), None)
    did = f"{_counted(event)}, line {event.place.line}"
    if count is None:
        return Finding(
            "no-number", f"{where}: what does it return? Write {guess.name} = and the number.", exactly(event)
        )
    if count == event.result:
        return None
    asked, got = number(event, "count"), event.result or 0
    if got == 0:
        why = "Only a call that brings nothing tells that the end has been reached."
    elif got < asked:
        why = f"It asked for {asked:,} bytes, to fill the buffer, and there were no more than {got:,} up to the end."
    else:
        why = (
            f"It asked for as many as the buffer holds, {asked:,}, however few the program wants now. {extra}".rstrip()
        )
    return Finding("other-number", f"{where}: what comes here is {did}. {why}", exactly(event))


def _counted(event: Event) -> str:
    """The call with what it returned, and the function of the library that made it: "read = 100, made by fgetc"."""
    made = f", made by {event.place.via[0]}" if event.place.via and event.place.via[0] != event.call else ""
    return f"{event.call} = {event.result}{made}"


def _why(name: str, event: Event, before: tuple[Event, ...]) -> str:
    """Why a call that makes a descriptor got the number it did."""
    if event.errno:
        return f"It failed with {event.errno}: {_FAILED.get(event.errno, 'there is no new descriptor')}."
    if name == "dup2":
        return "dup2 returns the number that it was asked for."
    freed = next((e for e in reversed(before) if e.call == "close" and number(e, "fd") == event.result), None)
    if freed is not None:
        return (
            f"A new descriptor gets the lowest number that is free, and close in line {freed.place.line} had freed it."
        )
    return "A new descriptor gets the lowest number that is free: all below it were taken."


def _fds(event: Event) -> tuple[int, ...]:
    """The descriptors that a call was given; AT_FDCWD, which is none, is not among them."""
    values = (argument.value for argument in event.args if argument.kind == "fd")
    return tuple(value for value in values if isinstance(value, int) and value >= 0)


def _shown(event: Event) -> str:
    """The call with its descriptors and what it returned: "dup(4) = 3".

    >>> _shown(Event(0, "call", 1, 1, 0, 1, 0.0, 0.0, call="getpid", result=7))
    'getpid() = 7'
    """
    moves = event.call in (*READING, *WRITING)  # whatever of the library led to it
    name = event.place.via[0] if event.place.via and not moves else event.call
    words = ", ".join(_words(event))
    return f"{name}({words}) = {event.result}"


def _words(event: Event) -> Iterator[str]:
    for argument in event.args:
        if argument.kind == "path" or (argument.kind == "fd" and argument.value != -100):
            yield argument.text
