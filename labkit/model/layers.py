"""What was measured on the way of bytes from the program down to storage."""

from __future__ import annotations

from dataclasses import dataclass, field

from labkit.model.recording import Recording


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer on the way down: `name`, how many `units` passed into it, what `unit` is, and how many `bytes` in all.

    None where it is not known; `note` then says why, or what else was seen. `exact`: no other program's are counted.
    """

    name: str
    unit: str
    units: int | None
    bytes: int | None
    note: str = ""
    exact: bool = True


@dataclass(frozen=True)
class Layers:
    """The layers that the bytes of one program went through, from the top down; `recording` is what was counted in."""

    layers: tuple[Layer, ...]
    recording: Recording | None = field(default=None, compare=False, repr=False)

    def __getitem__(self, name: str) -> Layer:
        """The layer of that name; KeyError names those there are."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise KeyError(f"no layer {name!r}; there are: {', '.join(layer.name for layer in self.layers)}")


@dataclass(frozen=True, slots=True)
class Stage:
    """After one call: `seconds` it took at full speed, and the file's pages in the page cache, `dirty` ones among them.

    None where not known.
    """

    call: str
    seconds: float | None
    cached: int | None
    dirty: int | None


@dataclass(frozen=True)
class WrittenDown:
    """`size` bytes written with one write(2), then fsync(2); `filesystem` is the type of the one the file was on.

    The pages were read from the `recording`.
    """

    size: int
    stages: tuple[Stage, ...]
    filesystem: str = ""
    recording: Recording | None = field(default=None, compare=False, repr=False)

    def __getitem__(self, call: str) -> Stage:
        """The stage after `call`; KeyError names those there are."""
        for stage in self.stages:
            if stage.call == call:
                return stage
        raise KeyError(f"no stage {call!r}; there are: {', '.join(stage.call for stage in self.stages)}")


@dataclass(frozen=True, slots=True)
class BlocksBelow:
    """Three bytes read from a file of which nothing was in memory, and the blocks that everything below works in.

    `asked` and `got` in bytes; `brought` are the bytes of the page cache that the read filled; `st_blksize` is
    stat(2)'s; `device` the storage's logical block; `direct` what a read of three bytes past the page cache (O_DIRECT)
    gave, an errno by name or the count. None or "" where not known; `untold` says why. All but `device` was read from
    the `recording`.
    """

    asked: int
    got: int
    page: int
    brought: int | None
    st_blksize: int
    device: int | None
    direct: str
    untold: str = ""
    recording: Recording | None = field(default=None, compare=False, repr=False)
