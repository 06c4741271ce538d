"""The C programs that are measured: small, and each all about one cost."""

from __future__ import annotations

from labkit.capture.build import build
from labkit.model import Program

_WRITES = r"""#include <stdlib.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    for (int i = argc > 1 ? atoi(argv[1]) : 10000; i > 0; i--)
        if (write(1, "x", 1) != 1)
            return 1;
    return 0;
}
"""
_QUIET = r"""#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>
int main(void)
{
    for (int i = 0; i < 100000; i++)
        syscall(SYS_sched_getscheduler, 0);
    for (int i = 0; i < 100; i++)
        if (write(1, "x", 1) != 1)
            return 1;
    return 0;
}
"""
_MANY = r"""#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    struct rlimit most = {1200, 1200};
    setrlimit(RLIMIT_NOFILE, &most);
    int count = argc > 1 ? atoi(argv[1]) : 0, calls = argc > 2 ? atoi(argv[2]) : 0;
    for (int i = 0; i < count; i++)
        if (open("/dev/null", O_RDONLY) < 0)
            return 1;
    for (int i = 0; i < calls; i++)
        if (write(1, "x", 1) != 1)
            return 2;
    return 0;
}
"""
_GETC = r"""#include <stdio.h>
int main(void)
{
    FILE *in = fopen("/usr/bin/env", "r"), *out = fopen("copy", "w");
    int c;
    while (in && out && (c = fgetc(in)) != EOF)
        fputc(c, out);
    return !in || !out || fclose(out);
}
"""
_READ = r"""#include <fcntl.h>
#include <unistd.h>
int main(void)
{
    char block[1024];
    ssize_t n;
    int in = open("/usr/bin/env", O_RDONLY), out = open("copy", O_WRONLY | O_CREAT | O_TRUNC, 0644);
    while ((n = read(in, block, sizeof block)) > 0)
        if (write(out, block, n) != n)
            return 1;
    return 0;
}
"""
_PRINT = r"""#include <stdio.h>
int main(void)
{
    for (int i = 0; i < 100; i++)
        printf("line %d\n", i);
    return 0;
}
"""
_FORK = r"""#include <sys/wait.h>
#include <unistd.h>
int main(void)
{
    int p[2];
    char x[64];
    for (int i = 0; i < 10; i++) {
        if (pipe(p) != 0)
            return 1;
        if (fork() == 0)
            _exit(write(p[1], "from the child", 14) != 14);
        wait(NULL);
        if (read(p[0], x, sizeof x) != 14)
            return 2;
        close(p[0]);
        close(p[1]);
    }
    return 0;
}
"""


def program(name: str) -> Program:
    """One of the programs by name, built."""
    texts = {
        "writes": _WRITES,
        "quiet": _QUIET,
        "many": _MANY,
        "getc": _GETC,
        "read": _READ,
        "print": _PRINT,
        "fork": _FORK,
    }
    return build(texts[name], name=name)


LECTURE = ("getc", "read", "print", "fork")
