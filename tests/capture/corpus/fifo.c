#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    char got[8];
    mkfifo("fifo", 0600);
    if (fork() == 0) {
        int out = open("fifo", O_WRONLY);
        _exit(write(out, "fifo", 4) != 4);
    }
    int in = open("fifo", O_RDONLY);
    wait(NULL);
    read(in, got, sizeof got);
    return unlink("fifo");
}
