"""The table of everything `labkit doctor` tries. To try one more thing, write its attempt and add its row here.

The order is the order of the report: what every lecture needs, recording, networks, the kernel's inside, the tools.
Imports none of the attempts, so that the table can be read anywhere.
"""

from labkit.probe import remedy
from labkit.probe.entry import Entry

ENTRIES: tuple[Entry, ...] = (
    Entry(
        name="C compiler",
        attempt="labkit.probe.compiler:make_and_run",
        purpose="all lectures: programs are compiled and run here",
        instead="of what the notebooks record, recordings made elsewhere, marked as such; nothing can be run",
        enable=remedy.install(
            "cc, the C compiler",
            apt="gcc libc6-dev",
            dnf="gcc",
            pacman="gcc",
            apk="gcc musl-dev",
            zypper="gcc",
            conda="gcc_linux-64",
        ),
        essential=True,
        seconds=6.0,
    ),
    Entry(
        name="line tables",
        attempt="labkit.probe.line_table:read_line_table",
        purpose="all lectures: the source line beside each system call",
        instead="system calls without their source lines",
        enable=remedy.install("a compiler that writes DWARF with -g", apt="gcc libc6-dev", dnf="gcc", pacman="gcc"),
        seconds=6.0,
    ),
    Entry(
        name="terminal",
        attempt="labkit.probe.terminal:make_a_terminal",
        purpose="04: one program on a terminal, a pipe and a file",
        instead="a recorded run on a terminal",
        enable=remedy.mount_devpts,
        essential=True,
    ),
    Entry(
        name="ptrace",
        attempt="labkit.probe.tracing:stop_at_a_system_call",
        purpose="all lectures: recordings, stepped call by call",
        instead="of what the notebooks record, recordings made elsewhere, marked as such; of your programs none",
        enable=remedy.trace_children,
    ),
    Entry(
        name="seccomp filter",
        attempt="labkit.probe.tracing:stop_only_at_filtered_calls",
        purpose="recordings: calls nobody asked about run at full speed",
        instead="every call stops: the same recording, slower",
        enable=remedy.in_kernel_with("CONFIG_SECCOMP_FILTER"),
    ),
    Entry(
        name="process_vm_readv",
        attempt="labkit.probe.tracing:read_memory",
        purpose="02, 04: the stdio buffer in the program's memory",
        instead="it is read through /proc/PID/mem: the same recording, slower",
        enable=remedy.trace_children,
    ),
    Entry(
        name="/proc/PID/syscall",
        attempt="labkit.probe.tracing:see_what_it_sleeps_in",
        purpose="04: when a running program sleeps, and in which call",
        instead="timelines without the sleep",
        enable=remedy.trace_children,
    ),
    Entry(
        name="kcmp",
        attempt="labkit.probe.sharing:compare_open_files",
        purpose="03: the kernel confirms which descriptors share",
        instead="sharing as derived from the recorded calls, which needs no kcmp",
        enable=remedy.in_kernel_with("CONFIG_KCMP"),
    ),
    Entry(
        name="pidfd_getfd",
        attempt="labkit.probe.sharing:look_into_a_pipe",
        purpose="06, 07: how many bytes wait in a pipe or a socket",
        instead="bytes counted from the recorded calls",
        enable=remedy.in_kernel_with("pidfd_getfd(2), 5.6 or newer"),
    ),
    Entry(
        name="inotify",
        attempt="labkit.probe.watching:notice_a_new_file",
        purpose="04: when bytes of a running program reach a file",
        instead="the file's content at the end of the run",
        enable=remedy.raise_inotify_limits,
    ),
    Entry(
        name="io_uring",
        attempt="labkit.probe.uring:complete_a_request",
        purpose="05: asynchronous I/O beside poll and epoll",
        instead="a recorded run",
        enable=remedy.allow_io_uring,
    ),
    Entry(
        name="user namespace",
        attempt="labkit.probe.namespaces:own_user",
        purpose="07: the way to a private network, without root",
        instead="this machine's network; handshakes as said below",
        enable=remedy.allow_namespaces,
    ),
    Entry(
        name="network namespace",
        attempt="labkit.probe.namespaces:own_network",
        purpose="07, 08: ports and connections nobody else uses",
        instead="free ports on this machine's loopback",
        enable=remedy.allow_namespaces,
    ),
    Entry(
        name="packets (own network)",
        attempt="labkit.probe.packets:captured_in_own_network",
        purpose="07, 08: the real segments of a connection",
        instead="packets of this machine's loopback if they work, else inferred ones, labelled, else recorded",
        enable=remedy.allow_namespaces,
    ),
    Entry(
        name="packets (machine)",
        attempt="labkit.probe.packets:captured_here",
        purpose="07: the same where there is no own network",
        instead="nothing is lost where packets in an own network work",
        enable=remedy.allow_packets,
    ),
    Entry(
        name="tracefs",
        attempt="labkit.probe.kernel_events:trace_a_call",
        purpose="05: this machine's own kernel, as an extra",
        instead="the course's kernel in QEMU alone",
        enable=remedy.allow_tracefs,
    ),
    Entry(
        name="QEMU",
        attempt="labkit.probe.emulator:boot_a_machine",
        purpose="05: a kernel of the course's own, its driver",
        instead="the shipped recordings, marked 'recorded'",
        enable=remedy.install(
            "qemu-system-x86_64",
            apt="qemu-system-x86",
            dnf="qemu-system-x86-core",
            pacman="qemu-system-x86",
            apk="qemu-system-x86_64",
            zypper="qemu-x86",
        ),
        seconds=8.0,
    ),
    Entry(
        name="Graphviz",
        attempt="labkit.probe.layout:place_boxes",
        purpose="all lectures: where the boxes of a diagram go",
        instead="the text twin of every diagram",
        enable=remedy.set_up_again,
        seconds=6.0,
    ),
    Entry(
        name="JupyterLab",
        attempt="labkit.probe.notebook:find_lab",
        purpose="all lectures: the notebooks and their widgets",
        instead="the exported pages, and labkit on the command line",
        enable=remedy.set_up_again,
    ),
    Entry(
        name="Chromium",
        attempt="labkit.probe.browser:run_a_page",
        purpose="only for testing the course in a real browser",
        instead="nothing is missing for a learner; the browser tests are skipped",
        enable=remedy.install(
            "chromium", apt="chromium", dnf="chromium", pacman="chromium", apk="chromium", zypper="chromium"
        ),
        seconds=10.0,
    ),
)
