"""The helper process: tries the entries named in its arguments, and writes one JSON line for each on stdout.

Its stdin is its lifeline: when that ends, whoever asked is gone and everything is cleaned up.
"""

import json
import sys

from labkit.probe.entry import Trial
from labkit.probe.supervise import supervise
from labkit.probe.table import ENTRIES


def main() -> None:
    """Try what the arguments name, in the table's order."""
    supervise((entry for entry in ENTRIES if entry.name in sys.argv[1:]), _tell, lifeline=0)


def _tell(name: str, trial: Trial) -> None:
    print(json.dumps([name, trial.works, trial.detail, trial.errno]), flush=True)


if __name__ == "__main__":
    main()
