/* Four names, opened one after another. Which does the kernel refuse, and why? */
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
    if (give_up_privilege() < 0 || chmod("locked", 0) < 0)
        return 1;
    int missing = open("missing", O_RDONLY); // step: missing
    int locked = open("locked", O_RDONLY);   // step: locked
    int folder = open(".", O_WRONLY);        // step: folder
    int notes = open("notes", O_RDONLY);     // step: notes
    if (missing >= 0 || locked >= 0 || folder >= 0 || notes < 0)
        return 1;
    return close(notes) < 0;
}
