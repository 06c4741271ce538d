"""Programs of lectures, each so that what matters happens in the same order every time."""

from labkit.capture.record import record

TOP = """#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
    int p[2], f; char x[100]; (void)p; (void)f; (void)x;
"""


def c(body):
    return TOP + body + "\n    return 0;\n}\n"


def recorded(body, **options):
    return record(c(body), **options)
