"""Where descriptors 0, 1 and 2 of runs led when they started: the program above the line, what they lead to below."""

from __future__ import annotations

from labkit.draw.layout import lay_out
from labkit.draw.picture import Canvas, Picture
from labkit.draw.style import CHAR
from labkit.model import Run

_STREAMS = {0: "stdin", 1: "stdout", 2: "stderr"}
_PROCESS, _TARGET = 34.0, 34.0  # heights in px
_SLOT = 96.0  # width of one descriptor
_LEGEND = (
    "Above the dashed line, the system-call line, is each process with its descriptors; below it, in the kernel, what "
    "they led to just before the program began (read from /proc/self/fd)."
)


def wiring(*runs: Run) -> Picture:
    """Draw each run's process with its descriptors and what they lead to, as /proc/self/fd said just before exec."""
    sizes: dict[str, tuple[float, float]] = {}
    edges: list[tuple[str, int, str]] = []
    names: dict[str, str] = {}
    for number, run in enumerate(runs):
        process = f"process {number}"
        sizes[process] = (len(run.wiring) * _SLOT, 2 * _PROCESS)
        names[process] = " ".join((run.name, *run.args))
        for fd, link in sorted(run.wiring.items()):
            target = f"target {number} {link}"
            names[target] = _plain(link)
            sizes[target] = (max(8, len(names[target])) * CHAR + 20, _TARGET)
            edges.append((process, fd, target))
    layout = lay_out(sizes, [(process, target) for process, _, target in edges], apart=26, ranks_apart=70)
    canvas = Canvas(max(layout.width + 4, 200.0))
    line = max(layout.centres[name][1] for name in sizes if name.startswith("process")) + _PROCESS + 18
    canvas.add("line", x1=0, y1=line, x2=canvas.width, y2=line, class_="line")
    for process, fd, target in edges:
        x, y = layout.centres[process]
        x += (fd + 0.5) * _SLOT - sizes[process][0] / 2
        end_x, end_y = layout.centres[target]
        end_y -= _TARGET / 2 + 8
        middle = (y + _PROCESS + end_y) / 2
        path = f"M{x:.1f} {y + _PROCESS:.1f}C{x:.1f} {middle:.1f} {end_x:.1f} {middle:.1f} {end_x:.1f} {end_y:.1f}"
        canvas.add("path", d=path, class_="ink")
        canvas.add("path", d=f"M{end_x - 5:.1f} {end_y:.1f}h10l-5 8z", class_="inktip")
    for name, (width, height) in sizes.items():
        x, y = layout.centres[name]
        canvas.add("rect", x=x - width / 2, y=y - height / 2, width=width, height=height, class_="box", rx=3)
        if name.startswith("target"):
            canvas.text(x, y + 5, names[name], "mono", "middle")
            continue
        canvas.text(x, y - 12, names[name], "strong", "middle")
        canvas.add("line", x1=x - width / 2, y1=y, x2=x + width / 2, y2=y, class_="ink")
        for slot in range(round(width / _SLOT)):
            left = x - width / 2 + slot * _SLOT
            canvas.text(left + _SLOT / 2, y + 22, f"{slot} {_STREAMS[slot]}", "", "middle")
            if slot:
                canvas.add("line", x1=left, y1=y, x2=left, y2=y + height / 2, class_="ink")
    lines = ["Where descriptors lead"]
    for run in runs:
        leads = ", ".join(f"{fd} → {_plain(link)}" for fd, link in sorted(run.wiring.items()))
        lines.append(f"  {' '.join((run.name, *run.args))}: {leads}")
    return canvas.finish(layout.height + 4, lines[0], "\n".join(lines), _LEGEND)


def _plain(link: str) -> str:
    """What a descriptor leads to, in a word that is the same on every machine and in every run.

    >>> _plain("pipe:[4711]"), _plain("/dev/pts/3"), _plain("/dev/null"), _plain("/tmp/labkit-run-x1/stdout")
    ('pipe', 'terminal', '/dev/null', 'file')
    """
    if link.startswith("pipe:"):
        return "pipe"
    if link.startswith("/dev/pts/"):
        return "terminal"
    return link if link.startswith("/dev/") else "file"
