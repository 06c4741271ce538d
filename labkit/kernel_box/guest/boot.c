/* From a kernel with nothing to one with file systems, drivers and a loopback network. Says on the console what fails. */
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guest.h"

static void attach(const char *type, const char *where)
{
    mkdir(where, 0755); /* it may be there */
    if (mount(type, where, type, 0, NULL) < 0)
        perror(where);
}

/* The modules that /lib/modules.list names, in that order. */
static void load_modules(void)
{
    FILE *list = fopen("/lib/modules.list", "r");
    char name[64], path[96];
    if (list == NULL) {
        perror("/lib/modules.list");
        return;
    }
    while (fscanf(list, "%63s", name) == 1) {
        snprintf(path, sizeof path, "/lib/%s.ko", name);
        int module = open(path, O_RDONLY | O_CLOEXEC);
        if (module < 0 || syscall(SYS_finit_module, module, "", 0) < 0)
            perror(path);
        if (module >= 0)
            close(module);
    }
    fclose(list);
}

static void loopback_up(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
        perror("lo");
    if (fd >= 0)
        close(fd);
}

void boot(void)
{
    attach("devtmpfs", "/dev");
    int console = open("/dev/console", O_RDWR);
    for (int fd = 0; console >= 0 && fd < 3; fd++)
        dup2(console, fd);
    if (console > 2)
        close(console);
    attach("proc", "/proc");
    attach("sysfs", "/sys");
    attach("devpts", "/dev/pts");
    attach("tmpfs", "/tmp");
    attach("tracefs", "/sys/kernel/tracing");
    attach("debugfs", "/sys/kernel/debug");
    load_modules();
    mkdir("/disk", 0755);
    if (mount("/dev/nvme0n1", "/disk", "ext4", 0, NULL) < 0)
        perror("/disk");
    loopback_up();
}
