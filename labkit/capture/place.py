"""From the frames of a stop to the place in the program: line, function, phase, and library calls in between.

Knows frames and files; not registers, stacks or processes.
"""

from __future__ import annotations

from labkit.capture.chain import library_calls
from labkit.capture.code import code_at
from labkit.capture.startup import exits_with_result
from labkit.capture.unwind import Frame, Unwound
from labkit.model import Place

BEFORE_MAIN, AFTER_MAIN = "before main", "after main returned"

Found = tuple[Place, bool]  # and whether any of the program's own functions was among the frames


def place_of(unwound: Unwound) -> Found:
    """The place that a stop with these frames is at, and whether a function of the program led there."""
    frames = unwound.frames
    index = _program_frame(frames)
    phase = _phase(unwound)
    code = None if index is None else code_at(frames[index])
    if index is None or code is None:
        return Place(via=library_calls(frames, None), phase=phase), False
    frame = frames[index]
    line = code.lines.at(frame.address) if code.lines.present else None
    symbol = code.name(frame)
    function = (line.function if line else "") or (symbol.name.split(".", 1)[0] if symbol else "")
    if not function and code.in_main(frame):
        function = "main"
    via = library_calls(frames[:index], frame)
    return Place(line.file if line else "", line.line if line else None, function, via, phase), True


def _phase(unwound: Unwound) -> str:
    """Whether main has not begun or has returned; "" while it runs, in other threads, and where it cannot be told."""
    frames = unwound.frames
    codes = [code_at(frame) for frame in frames]
    if any(code is not None and code.in_main(frame) for code, frame in zip(codes, frames, strict=True)):
        return ""
    last, code = frames[-1], codes[-1]
    started = code is not None and code.in_entry(last)
    linker = last.module is not None and last.module.role == "linker"
    for frame, caller in zip(frames, frames[1:], strict=False):
        inner, outer = code_at(frame), code_at(caller)
        if inner is None or outer is None or caller.module is None or outer.may_be_program(caller):
            continue
        symbol = inner.name(frame)
        if symbol is not None and symbol.name == "exit" and (started or inner.frames.scarce):
            return AFTER_MAIN
        if started and exits_with_result(outer.elf, caller.pc - caller.module.bias):
            return AFTER_MAIN
    symbol = code.name(last) if code is not None else None
    if code is not None and symbol is not None and symbol.name == "exit" and code.frames.scarce:
        return AFTER_MAIN  # musl's exit, whose caller cannot be found; the program's own call of it can
    if (started and code is not None and code.main is not None) or linker:
        return BEFORE_MAIN
    return ""


def _program_frame(frames: tuple[Frame, ...]) -> int | None:
    """Which frame is the program's innermost: one with a line if there is any, else one of its code."""
    first = None
    for index, frame in enumerate(frames):
        code = code_at(frame)
        if code is None or not code.may_be_program(frame):
            continue
        if code.lines.present and code.lines.at(frame.address) is not None:
            return index
        first = index if first is None else first
    return first
