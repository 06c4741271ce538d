"""The learner's own predictions, kept in one small file so that they survive the kernel and the notebook."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

_FORMAT = 1


def _file() -> Path:
    """$LABKIT_ANSWERS, or labkit/answers.json in the user's data folder (XDG base directories)."""
    if named := os.environ.get("LABKIT_ANSWERS"):
        return Path(named)
    return Path(os.environ.get("XDG_DATA_HOME") or Path("~/.local/share").expanduser()) / "labkit" / "answers.json"


def _read() -> dict[str, Any]:
    try:
        kept = json.loads(_file().read_text())
    except (OSError, ValueError):  # none yet, or not readable: predictions are then made anew
        return {}
    return kept["answers"] if isinstance(kept, dict) and kept.get("format") == _FORMAT else {}


def answer(question: str) -> str | None:
    """The answer kept for a question's id, None when there is none."""
    kept = _read().get(question)
    return kept if isinstance(kept, str) else None


def keep(question: str, chosen: str | None) -> bool:
    """Keep an answer (None: forget it); False when the file cannot be written, and nothing was kept."""
    answers = _read()
    answers.pop(question, None)
    if chosen is not None:
        answers[question] = chosen
    path = _file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_name(f"{path.name}.{os.getpid()}")
        scratch.write_text(json.dumps({"format": _FORMAT, "answers": answers}, indent=1, ensure_ascii=False))
        scratch.replace(path)  # whole or not at all, even when the machine stops here
    except OSError:
        return False
    return True
