"""DWARF expressions as call frame information uses them (DWARF 5 standard, section 2.5).

Knows nothing of files or processes: registers and memory are asked for by functions. Two places need them: the
trampoline a signal handler returns to (`__restore_rt`, whose caller's registers lie in a ucontext) and PLT entries.
"""

from __future__ import annotations

from collections.abc import Callable

_MASK = (1 << 64) - 1


class ExpressionError(ValueError):
    """An expression cannot be evaluated: an unknown operation, an empty stack or unreadable memory."""


def uleb(data: bytes, at: int) -> tuple[int, int]:
    """The unsigned LEB128 number at `at` and the offset after it (DWARF 5, 7.6).

    >>> uleb(bytes([0xe5, 0x8e, 0x26]), 0)
    (624485, 3)
    """
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def sleb(data: bytes, at: int) -> tuple[int, int]:
    """The signed LEB128 number at `at` and the offset after it.

    >>> sleb(bytes([0x80, 0x7f]), 0)
    (-128, 2)
    """
    start = at
    value, at = uleb(data, at)
    bits = 7 * (at - start)
    return (value - (1 << bits) if data[at - 1] & 0x40 else value), at


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value


_CONSTANTS = {0x08: (1, False), 0x09: (1, True), 0x0A: (2, False), 0x0B: (2, True), 0x0C: (4, False), 0x0D: (4, True),
              0x0E: (8, False), 0x0F: (8, True)}  # fmt: skip
_BINARY: dict[int, Callable[[int, int], int]] = {
    0x1A: lambda a, b: a & b,
    0x1B: lambda a, b: abs(_signed(a)) // abs(_signed(b)) * (1 if (_signed(a) < 0) == (_signed(b) < 0) else -1),
    0x1C: lambda a, b: a - b,
    0x1D: lambda a, b: a % b,
    0x1E: lambda a, b: a * b,
    0x21: lambda a, b: a | b,
    0x22: lambda a, b: a + b,
    0x24: lambda a, b: a << b if b < 64 else 0,
    0x25: lambda a, b: a >> b,
    0x26: lambda a, b: _signed(a) >> min(b, 63),
    0x27: lambda a, b: a ^ b,
    0x29: lambda a, b: _signed(a) == _signed(b),
    0x2A: lambda a, b: _signed(a) >= _signed(b),
    0x2B: lambda a, b: _signed(a) > _signed(b),
    0x2C: lambda a, b: _signed(a) <= _signed(b),
    0x2D: lambda a, b: _signed(a) < _signed(b),
    0x2E: lambda a, b: _signed(a) != _signed(b),
}
_UNARY: dict[int, Callable[[int], int]] = {
    0x19: lambda a: abs(_signed(a)),
    0x1F: lambda a: -a,
    0x20: lambda a: ~a,
}


def evaluate(
    code: bytes,
    register: Callable[[int], int | None],
    memory: Callable[[int], int | None],
    first: int | None = None,
) -> int:
    """The 64-bit value of `code`, started with `first` (the CFA) on its stack.

    `register(n)` and `memory(address)` give a register by its DWARF number and eight bytes of memory, None if
    unknown. Raises `ExpressionError` and never runs for ever: a jump back counts against 10,000 operations.
    """
    try:
        return _run(code, register, memory, [] if first is None else [first])
    except (IndexError, ZeroDivisionError) as err:
        raise ExpressionError(f"malformed DWARF expression {code.hex()}") from err


def _run(
    code: bytes, register: Callable[[int], int | None], memory: Callable[[int], int | None], stack: list[int]
) -> int:
    at, left = 0, 10_000

    def known(value: int | None) -> int:
        if value is None:
            raise ExpressionError(f"DWARF expression {code.hex()} needs a value that is not known")
        return value

    while at < len(code):
        op = code[at]
        at += 1
        left -= 1
        if not left:
            raise ExpressionError(f"DWARF expression {code.hex()} does not end")
        if 0x70 <= op <= 0x8F:  # DW_OP_breg0..31
            offset, at = sleb(code, at)
            stack.append(known(register(op - 0x70)) + offset & _MASK)
        elif 0x30 <= op <= 0x4F:  # DW_OP_lit0..31
            stack.append(op - 0x30)
        elif 0x50 <= op <= 0x6F:  # DW_OP_reg0..31
            stack.append(known(register(op - 0x50)))
        elif op in _BINARY:
            right = stack.pop()
            stack.append(int(_BINARY[op](stack.pop(), right)) & _MASK)
        elif op in _UNARY:
            stack.append(_UNARY[op](stack.pop()) & _MASK)
        elif op in _CONSTANTS:
            size, signed = _CONSTANTS[op]
            if at + size > len(code):
                raise IndexError(at)
            stack.append(int.from_bytes(code[at : at + size], "little", signed=signed) & _MASK)
            at += size
        elif op == 0x03:  # DW_OP_addr
            stack.append(int.from_bytes(code[at : at + 8], "little"))
            at += 8
        elif op == 0x06:  # DW_OP_deref
            stack.append(known(memory(stack.pop())))
        elif op == 0x94:  # DW_OP_deref_size
            stack.append(known(memory(stack.pop())) & (1 << 8 * code[at]) - 1)
            at += 1
        elif op == 0x10:  # DW_OP_constu
            value, at = uleb(code, at)
            stack.append(value & _MASK)
        elif op == 0x11:  # DW_OP_consts
            value, at = sleb(code, at)
            stack.append(value & _MASK)
        elif op == 0x12:  # DW_OP_dup
            stack.append(stack[-1])
        elif op == 0x13:  # DW_OP_drop
            stack.pop()
        elif op == 0x14:  # DW_OP_over
            stack.append(stack[-2])
        elif op == 0x15:  # DW_OP_pick
            stack.append(stack[-1 - code[at]])
            at += 1
        elif op == 0x16:  # DW_OP_swap
            stack[-1], stack[-2] = stack[-2], stack[-1]
        elif op == 0x17:  # DW_OP_rot
            stack[-1], stack[-2], stack[-3] = stack[-2], stack[-3], stack[-1]
        elif op == 0x23:  # DW_OP_plus_uconst
            value, at = uleb(code, at)
            stack.append(stack.pop() + value & _MASK)
        elif op in (0x28, 0x2F):  # DW_OP_bra, DW_OP_skip
            jump = int.from_bytes(code[at : at + 2], "little", signed=True)
            at += 2
            if op == 0x2F or stack.pop():
                at += jump
                if at < 0:
                    raise IndexError(at)
        elif op == 0x92:  # DW_OP_bregx
            number, at = uleb(code, at)
            offset, at = sleb(code, at)
            stack.append(known(register(number)) + offset & _MASK)
        elif op == 0x96:  # DW_OP_nop
            pass
        else:
            raise ExpressionError(f"DWARF operation {op:#x} in {code.hex()} is not known")
    return stack[-1]
