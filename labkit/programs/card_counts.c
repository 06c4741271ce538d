/* Asks the driver, by an ioctl of its own, what it has counted since it was loaded (as in labkit/kernel_box/driver/lab.h). */
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct lab_counts {
    unsigned opens, releases, reads, writes, sleeps, interrupts, deferred;
};
#define LAB_COUNTS _IOR('L', 1, struct lab_counts)

int main(int argc, char *argv[])
{
    const char *device = argc > 1 ? argv[1] : "/dev/lab";
    struct lab_counts seen;
    int card = open(device, O_RDWR);
    if (card < 0 || ioctl(card, LAB_COUNTS, &seen) < 0) {
        perror(device);
        return 1;
    }
    printf("reads %u, writes %u, sleeps %u, interrupts %u, deferred %u\n", seen.reads, seen.writes, seen.sleeps,
           seen.interrupts, seen.deferred);
    return close(card) < 0;
}
