/* A reader waits for the card's answer; only then does another process ask it something. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    const char *device = argc > 1 ? argv[1] : "/dev/lab";
    char answer[16];
    int card = open(device, O_RDWR);
    if (card < 0) {
        perror(device);
        return 1;
    }
    pid_t asker = fork();
    if (asker < 0) {
        perror("fork");
        return 1;
    }
    if (asker == 0) {
        usleep(200000); /* by then the reader sleeps */
        ssize_t put = write(card, "10", 2);
        usleep(200000); /* its end is a signal to the reader, which would end the sleep */
        return put == 2 ? 0 : 1;
    }
    ssize_t got = read(card, answer, sizeof answer);
    if (got < 0) {
        perror("read");
        return 1;
    }
    printf("10! = %.*s", (int)got, answer);
    return wait(NULL) == asker && close(card) == 0 ? 0 : 1;
}
