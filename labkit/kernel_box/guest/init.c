/* The box's first process: makes the machine ready, says so on the channel, and answers what the host asks. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "guest.h"

int main(void)
{
    boot();
    setenv("PATH", "/bin:/disk", 1);
    setenv("HOME", "/tmp", 1);
    int channel = open("/dev/vport0p1", O_RDWR | O_CLOEXEC);
    if (channel < 0) {
        perror("/dev/vport0p1");
        return 1; /* the kernel panics, QEMU ends, and the host shows what is on the console */
    }
    dprintf(channel, "ready\n");
    serve(channel);
    return 0;
}
