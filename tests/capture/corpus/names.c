#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void)
{
    char target[32];
    mkdir("d", 0755);
    chdir("d");
    close(creat("a", 0600));
    link("a", "b");
    symlink("a", "s");
    readlink("s", target, sizeof target);
    rename("b", "c");
    unlink("s");
    unlinkat(AT_FDCWD, "c", 0);
    chmod("a", 0444);
    umask(077);
    mkfifo("fifo", 0644);
    unlink("a");
    unlink("fifo");
    chdir("..");
    return rmdir("d");
}
