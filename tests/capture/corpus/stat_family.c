#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

int main(void)
{
    struct stat st;
    struct statx stx;
    struct statfs fs;
    stat("/etc/passwd", &st);
    lstat("/dev/stdin", &st);
    fstat(0, &st);
    fstatat(AT_FDCWD, "/etc", &st, AT_SYMLINK_NOFOLLOW);
    statx(AT_FDCWD, "/dev/null", 0, STATX_BASIC_STATS, &stx);
    statfs("/proc", &fs);
    stat("/no/such", &st);
    access("/etc/passwd", R_OK | W_OK);
    return 0;
}
