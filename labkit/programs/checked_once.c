/* The permission is taken away after open. Does read still work? Does open? */
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Root may open everything. Without its capabilities (capabilities(7)) it is like everybody. */
static int give_up_privilege(void)
{
    struct __user_cap_header_struct who = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct none[2] = { { 0 } };
    return syscall(SYS_capset, &who, none);
}

int main(void)
{
    char three[3];
    if (give_up_privilege() < 0)
        return 1;
    int notes = open("notes", O_RDONLY);         // step: open
    if (notes < 0 || chmod("notes", 0) < 0)      // step: lock
        return 1;
    int again = open("notes", O_RDONLY);         // step: open again
    ssize_t got = read(notes, three, 3);         // step: read
    ssize_t put = write(notes, "new", 3);        // step: write
    if (again >= 0 || got != 3 || put >= 0)
        return 1;
    return close(notes) < 0;
}
