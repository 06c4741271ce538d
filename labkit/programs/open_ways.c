/* One file opened twice, one descriptor copied, then a fork: how many struct file are there? It pauses to be looked at. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    const char *name = argc > 1 ? argv[1] : "/disk/numbers";
    char bytes[8];
    int first = open(name, O_RDONLY), copy = dup(first), second = open(name, O_RDWR | O_APPEND);
    int zero = open("/dev/zero", O_RDONLY);
    if (first < 0 || copy < 0 || second < 0 || zero < 0) {
        perror(name);
        return 1;
    }
    if (read(copy, bytes, sizeof bytes) != sizeof bytes)
        return 1;
    pid_t child = fork();
    if (child < 0) {
        perror("fork");
        return 1;
    }
    pause();
    return child > 0 && wait(NULL) < 0;
}
