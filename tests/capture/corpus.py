"""The programs and command lines that recordings are held against other witnesses with."""

from dataclasses import dataclass
from pathlib import Path

from labkit.capture.build import build
from labkit.capture.record import record

PROGRAMS = sorted((Path(__file__).parent / "corpus").glob("*.c"))
LINES = (
    "echo hello | tr a-z A-Z",
    "cat /etc/passwd | head -n 2",
    "ls / > listing; echo $?; wc -l < listing",
    "find /etc -maxdepth 1 -name 'pass*' | sort | wc -l",
    "for i in 1 2 3; do echo $i; done > out; cat < out",
    "(echo in a subshell; exit 3); echo $?",
    "grep root /etc/passwd | cut -d: -f1",
    "cp /etc/passwd copy && cmp /etc/passwd copy && rm copy",
    "x=$(echo inner); echo got $x",
    "exec 3>out 4<&0; echo three >&3; exec 3>&-; cat out",
    "no-such-command; echo $?",
    "sleep 0.01 & wait; echo done 1>&2",
    "cat <<END\nhere\nEND",
    "sh -c 'kill -TERM $$'; echo $?",
)


@dataclass(frozen=True)
class Case:
    """A program of the corpus, or a line for the shell."""

    name: str
    path: Path | None = None
    line: str = ""

    def program(self):
        return build(self.path.read_text(), flags=("-w",), name=self.path.stem)

    def record(self, **options):
        if self.path is None:
            return record(self.line, shell=True, **options)
        return record(self.program(), **options)

    def argv(self):
        """What to run, and the argv[0] to give it."""
        if self.path is None:
            return "/bin/sh", ["sh", "-c", self.line]
        program = self.program()
        return str(program.path), [program.name]


CASES = [Case(path.stem, path) for path in PROGRAMS] + [Case(f"sh: {line}", line=line) for line in LINES]
