"""Runs notebooks and stores their outputs, the same bytes each time: the only way a notebook's outputs are made.

`python -m labkit.show.publish notebooks/*.ipynb`. A notebook is written only if every cell ran and none failed that was
not meant to. Knows Jupyter's format and nothing of what the cells do; making the result stable is `labkit.show.stable`,
keeping measured times that were stored before is `labkit.show.unsteady`.
"""

import argparse
import asyncio
import copy
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from labkit.capture import twins
from labkit.capture.build import cache_folder
from labkit.errors import LabkitError
from labkit.show import stable, unsteady
from labkit.show.shipping import ship

CELL_SECONDS = 120
COURSE = Path(__file__).resolve().parents[2] / "notebooks"


def read(path: Path) -> Any:
    """The notebook in the file `path`; raises LabkitError if it is none."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        stable.name_cells(raw)  # before nbformat gives random ids to cells that have none
        return nbformat.reads(json.dumps(raw), as_version=4)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, nbformat.ValidationError) as err:
        raise LabkitError(f"{path} cannot be read as a notebook: {err}") from err


def environment(scratch: Path) -> dict[str, str]:
    """What the kernel is given: this process's environment less all that would make the outputs this author's own.

    Programs are compiled in a folder of nobody's: their paths are in the recordings, which are shipped.
    """
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("LABKIT_", "IPYTHON", "LC_"))}
    return mine | {
        "XDG_CACHE_HOME": str(_cache(scratch / "cache")),
        twins.COLLECT: str(scratch / "twins"),  # what is recorded is put there, too
        "LABKIT_ANSWERS": str(scratch / "answers"),  # an author's answers to predictions are not course material
        "IPYTHONDIR": str(scratch / "ipython"),  # nor are the author's start-up files
        "LANG": "C.UTF-8",  # compilers and strerror(3) speak the reader's language
    }


def _cache(folder: Path) -> Path:
    """A new cache folder that has only the tracer and the box, which are long to make and stand in no recording."""
    (folder / "labkit").mkdir(parents=True)
    for part in ("tracer", "box"):
        own = cache_folder() / part
        own.mkdir(exist_ok=True)
        (folder / "labkit" / part).symlink_to(own)
    return folder


def run(notebook: Any, folder: Path, scratch: Path) -> None:
    """Run every cell of `notebook` in `folder`, in a fresh kernel, filling in its outputs; raises LabkitError.

    What it leaves goes into `scratch`, its recordings into the folder "twins" there.
    """
    # Only this environment's own kernel: one of the same name in the author's home may be another Python.
    specs = KernelSpecManager(kernel_dirs=[str(Path(sys.prefix) / "share" / "jupyter" / "kernels")])
    kernel = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=specs)
    client = NotebookClient(
        notebook,
        km=kernel,
        shutdown_kernel="immediate",
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        timeout=CELL_SECONDS,
        resources={"metadata": {"path": str(folder)}},
        store_widget_state=True,
        record_timing=False,
        coalesce_streams=True,  # how a stream is cut into messages is chance
    )
    try:
        (scratch / "twins").mkdir()
        asyncio.run(_execute(client, kernel, environment(scratch), folder))
    except CellExecutionError as err:
        raise LabkitError(f"a cell failed with {err.ename}: {err.evalue}\n{_source_of(err)}") from err
    except CellTimeoutError as err:
        raise LabkitError(f"a cell did not end within {CELL_SECONDS} seconds.\n{err}") from err
    except (DeadKernelError, RuntimeError) as err:
        raise LabkitError(f"its kernel died or never started: {err}") from err


async def _execute(client: NotebookClient, kernel: AsyncKernelManager, env: dict[str, str], folder: Path) -> None:
    """Run the client's notebook and end the kernel, also one that never answered."""
    try:
        await client.async_execute(env=env, cwd=str(folder), cleanup_kc=True)
    finally:
        if await kernel.is_alive():
            await kernel.shutdown_kernel(now=True)


def _source_of(err: CellExecutionError) -> str:
    """The failing cell's source, as nbclient quotes it between its two rules."""
    return str(err).split("------------------")[1].strip()


def complaints(notebook: Any, private: Sequence[str]) -> list[str]:
    """Why `notebook` must not be stored: cells not run, cells failed, paths of this computer (`private`) shown, runs
    recorded elsewhere shown instead of its own.
    """
    found = []
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        if cell.execution_count is None:
            found.append(f"cell {number} was not run.")
        if any(output.output_type == "error" for output in cell.outputs) and not _may_fail(cell):
            found.append(f"cell {number} failed and is not tagged raises-exception.")
        shown = json.dumps(cell.outputs, ensure_ascii=False)
        if "not on this machine" in shown:
            found.append(f"cell {number} shows a run recorded elsewhere; programs must be recorded where this is done.")
        found += [f"cell {number} shows a path of this computer, {path}" for path in private if path in shown]
    return found


def _may_fail(cell: Any) -> bool:
    return "raises-exception" in cell.metadata.get("tags", [])


def private_paths() -> list[str]:
    """The beginnings of paths that are this computer's own and have no place in a stored output."""
    course = Path(__file__).resolve().parents[2]
    return [f"{path}/" for path in (course, Path.home(), sys.prefix) if str(path) != "/"]


def publish(path: Path, anew: bool = False) -> bool:
    """Run the notebook `path` and write it back with its outputs; returns whether they changed, or what is shipped.

    The recordings that a notebook of the course makes become those shipped with labkit. Measured times are chance:
    where nothing else of an output changed, the stored one stays, and so do recordings that show the same, unless
    `anew`.

    Raises LabkitError and leaves the file as it was if a cell fails that is not tagged raises-exception, is left unrun,
    takes longer than two minutes, or shows a path of this computer.
    """
    notebook = read(path)
    stored = copy.deepcopy(notebook)
    with tempfile.TemporaryDirectory(prefix="labkit-publish-") as scratch:
        run(notebook, path.resolve().parent, Path(scratch))
        if not anew:
            unsteady.keep(notebook, stored)
        if wrong := complaints(notebook, private_paths()):
            raise LabkitError("\n".join(wrong))
        shipped, reshipped = twins.FOLDER / path.stem, False
        if path.resolve().parent == COURSE:
            reshipped = ship(Path(scratch) / "twins", shipped, private_paths(), anew)
    text = stable.text(notebook)
    if text == path.read_text(encoding="utf-8"):
        return reshipped
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
    return True


def main(words: Sequence[str] | None = None) -> int:
    """The command line; returns 0, or 1 if any notebook was refused (the others are still done)."""
    parser = argparse.ArgumentParser(prog="python -m labkit.show.publish", description=str(__doc__).splitlines()[0])
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument(
        "--anew", action="store_true", help="store times and recordings anew, even if nothing else changed"
    )
    asked = parser.parse_args(words)
    refused = 0
    for path in asked.notebooks:
        try:
            print(f"{path}: {'written' if publish(path, asked.anew) else 'unchanged'}", flush=True)
        except LabkitError as err:
            refused += 1
            print(f"{path}: refused, the file is left as it was: {err}", file=sys.stderr)
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
