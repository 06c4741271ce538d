"""Running and recording inside a real Jupyter kernel: the stop button, other children, a killed kernel."""

import secrets
import time

import pytest
from jupyter_client.manager import KernelManager

import labkit
from tests.marked import NAME, processes_with

LOOP = "int main(void)\n{\n    for (;;)\n        ;\n}\n"
SHOUT = """
#include <unistd.h>
int main(void)
{
    for (;;)
        if (write(1, "x", 1) < 0)
            return 1;
}
"""


class Kernel:
    """A real ipykernel and the code one sends to it."""

    def __init__(self):
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel()
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def execute(self, code):
        """Send code and give back what `reply` takes."""
        return self.client.execute(code, store_history=False, stop_on_error=False)

    def reply(self, sent):
        """Wait for the end of a cell: "ok" or the name of the exception."""
        while True:
            message = self.client.get_shell_msg(timeout=60)
            if message["parent_header"]["msg_id"] == sent:
                return message["content"].get("ename", message["content"]["status"])

    def close(self):
        """End it, alive or not."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()


@pytest.fixture(scope="module", autouse=True)
def jupyter_clients_own_descriptors():
    """The first kernel of a process leaves jupyter_client's event loop behind; it is not a test's leak."""
    Kernel().close()


@pytest.fixture
def kernel():
    kernel = Kernel()
    yield kernel
    kernel.close()


def wait_until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def cell(verb, source, mark):
    return f"import labkit\nlabkit.{verb}({source!r}, env={{{NAME!r}: {mark!r}}}, seconds=60)"


@pytest.mark.ptrace
@pytest.mark.parametrize("verb", ["run", "record"])
@pytest.mark.parametrize("source", [LOOP, SHOUT])
def test_the_stop_button_ends_everything_and_the_kernel_goes_on(kernel, verb, source):
    mark = secrets.token_hex(8)
    more = ", output=1 << 40" if verb == "run" else ""
    sent = kernel.execute(cell(verb, source, mark).replace("seconds=60", f"seconds=60{more}"))
    wait_until(lambda: processes_with(mark))
    kernel.manager.interrupt_kernel()
    assert kernel.reply(sent) in ("KeyboardInterrupt", "ok")  # ok: the recorder's flood reached its limit first
    wait_until(lambda: not processes_with(mark))
    assert kernel.reply(kernel.execute(f"assert labkit.{verb}('mixed').status == 0")) == "ok"


@pytest.mark.ptrace
def test_recording_does_not_take_the_kernels_own_children(kernel):
    code = (
        "import labkit, subprocess, threading\n"
        "statuses = []\n"
        "def others():\n"
        "    for _ in range(20):\n"
        "        statuses.append(subprocess.run(['false']).returncode)\n"
        "thread = threading.Thread(target=others)\n"
        "thread.start()\n"
        "labkit.record('before_fork')\n"
        "thread.join()\n"
        "assert statuses == [1] * 20, statuses\n"
    )
    assert kernel.reply(kernel.execute(code)) == "ok"


@pytest.mark.ptrace
@pytest.mark.parametrize("verb", ["run", "record"])
def test_a_kernel_that_is_killed_leaves_nothing(kernel, verb):
    mark = secrets.token_hex(8)
    kernel.execute(cell(verb, LOOP, mark))
    wait_until(lambda: processes_with(mark))
    kernel.manager.shutdown_kernel(now=True)
    wait_until(lambda: not processes_with(mark))
    labkit.run("mixed")  # the folders of the dead one go when the next one runs
    labkit.record("mixed")


@pytest.mark.ptrace
def test_a_recording_shows_itself_as_text_that_is_never_markup(kernel):
    code = (
        "import labkit\n"
        "recording = labkit.record('mixed', ['<script>'], every_call=False)\n"
        "data, _ = get_ipython().display_formatter.format(recording)\n"
        "assert 'exit, after main returned, flushed stdout' in data['text/plain'], data\n"
        "html = data['text/html']\n"
        "assert '<script>' not in html and '\\\\u003cscript>' in html, html\n"
    )
    assert kernel.reply(kernel.execute(code)) == "ok"
