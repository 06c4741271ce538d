"""The types of a running kernel, from what it says of itself (/sys/kernel/btf/vmlinux). Pure: bytes to offsets.

The format is of Documentation/bpf/btf.rst. Only what is needed to find the members of structures is read.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from labkit.errors import LabkitError
from labkit.model import Member

_MAGIC = 0xEB9F
_INT, _PTR, _ARRAY, _STRUCT, _UNION, _ENUM, _FWD, _TYPEDEF = range(1, 9)
_VOLATILE, _CONST, _RESTRICT, _FUNC, _FUNC_PROTO, _VAR, _DATASEC, _FLOAT, _DECL_TAG, _TYPE_TAG, _ENUM64 = range(9, 20)
_SAME = (_TYPEDEF, _VOLATILE, _CONST, _RESTRICT, _TYPE_TAG)  # another name for, or a promise about, another type
# Bytes behind the three words of a type: fixed, or for each of its `vlen` parts.
_FIXED = {_INT: 4, _ARRAY: 12, _VAR: 4, _DECL_TAG: 4}
_EACH = {_STRUCT: 12, _UNION: 12, _ENUM: 8, _FUNC_PROTO: 8, _DATASEC: 12, _ENUM64: 12}
_POINTER = 8


@dataclass(frozen=True, slots=True)
class _Type:
    name: int
    kind: int
    vlen: int
    size: int  # or the type that this one is made from
    at: int  # where its parts begin
    packed: bool


class Btf:
    """The types in a kernel's BTF; raises LabkitError if the bytes are none."""

    def __init__(self, data: bytes) -> None:
        try:
            magic, _, _, head, types, types_length, strings, _ = struct.unpack_from("<HBBIIIII", data, 0)
        except struct.error as err:
            raise LabkitError("The kernel's description of its types (BTF) is cut off.") from err
        if magic != _MAGIC:
            raise LabkitError("This is no description of types (BTF): it does not begin with its magic number.")
        self._data, self._strings = data, head + strings
        self._types = [_Type(0, 0, 0, 0, 0, False)]
        self._structs: dict[str, int] = {}
        at, end = head + types, head + types + types_length
        while at < end:
            name, info, size = struct.unpack_from("<III", data, at)
            kind, vlen = info >> 24 & 31, info & 0xFFFF
            at += 12
            if kind == _STRUCT and name:
                self._structs.setdefault(self._text(name), len(self._types))
            self._types.append(_Type(name, kind, vlen, size, at, bool(info >> 31)))
            at += _FIXED.get(kind, 0) + _EACH.get(kind, 0) * vlen

    def size(self, name: str) -> int:
        """The size in bytes of `struct name`; raises LabkitError if this kernel has none."""
        return self._types[self._struct(name)].size

    def members(self, name: str) -> tuple[Member, ...]:
        """The members of `struct name` in order, those of unnamed parts among them; raises LabkitError."""
        return tuple(self._members(self._struct(name), 0))

    def member(self, name: str, path: str) -> Member:
        """One member: `path` leads through structures, as "f_path.dentry". Raises LabkitError if there is none."""
        number, base = self._struct(name), 0
        first, *rest = path.split(".")
        found = self._named(number, first, name)
        for part in rest:
            base += found.offset
            number = self._number_of(number, found.name)
            found = self._named(number, part, name)
        return Member(path, base + found.offset, found.size, found.type)

    def _struct(self, name: str) -> int:
        if name not in self._structs:
            raise LabkitError(f"This kernel has no struct {name}.")
        return self._structs[name]

    def _named(self, number: int, part: str, name: str) -> Member:
        for member in self._members(number, 0):
            if member.name == part:
                return member
        raise LabkitError(f"This kernel's struct {name} has no member {part}.")

    def _raw(self, number: int) -> list[tuple[str, int, int]]:
        """Name, type and offset in bytes of each direct member; that of a bit field is of its first byte."""
        one = self._types[number]
        found = []
        for part in range(one.vlen):
            name, kind, bits = struct.unpack_from("<III", self._data, one.at + 12 * part)
            found.append((self._text(name), kind, (bits & 0xFFFFFF if one.packed else bits) // 8))
        return found

    def _members(self, number: int, base: int) -> list[Member]:
        found = []
        for name, kind, offset in self._raw(number):
            inner = self._bare(kind)
            if not name and self._types[inner].kind in (_STRUCT, _UNION):
                found += self._members(inner, base + offset)
            else:
                found.append(Member(name, base + offset, self._size(kind), self._c_name(kind)))
        return found

    def _number_of(self, number: int, part: str) -> int:
        for name, kind, _ in self._raw(number):
            inner = self._bare(kind)
            if name == part:
                return inner
            if not name and any(member.name == part for member in self._members(inner, 0)):
                return self._number_of(inner, part)
        raise LabkitError(f"{part} is no structure.")

    def _bare(self, number: int) -> int:
        while self._types[number].kind in _SAME:
            number = self._types[number].size
        return number

    def _size(self, number: int) -> int:
        one = self._types[self._bare(number)]
        if one.kind == _PTR:
            return _POINTER
        if one.kind == _ARRAY:
            element, _, count = struct.unpack_from("<III", self._data, one.at)
            return self._size(element) * int(count)
        return 0 if one.kind in (_FUNC_PROTO, _FWD) else one.size

    def _c_name(self, number: int) -> str:
        one = self._types[number]
        name = self._text(one.name)
        if number == 0:
            return "void"
        if one.kind == _PTR:
            return f"{self._c_name(one.size)} *".replace("* *", "**")
        if one.kind == _ARRAY:
            element, _, count = struct.unpack_from("<III", self._data, one.at)
            return f"{self._c_name(element)}[{count}]"
        words = {_STRUCT: "struct ", _UNION: "union ", _ENUM: "enum ", _FWD: "struct "}
        if one.kind in words:
            return f"{words[one.kind]}{name or '{…}'}"
        if one.kind in (_CONST, _VOLATILE):
            return f"{'const' if one.kind == _CONST else 'volatile'} {self._c_name(one.size)}"
        if one.kind in (_RESTRICT, _TYPE_TAG):
            return self._c_name(one.size)
        return "function" if one.kind == _FUNC_PROTO else name

    def _text(self, offset: int) -> str:
        start = self._strings + offset
        return self._data[start : self._data.index(b"\0", start)].decode()
