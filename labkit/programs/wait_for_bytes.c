/* One process reads from an empty pipe. What does it do until another one writes? */
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

static int child(int from)
{
    char bytes[16];
    return read(from, bytes, sizeof bytes) != 5; // step: read
}

int main(void)
{
    int ends[2];
    if (pipe(ends) < 0)
        return 1;
    pid_t reader = fork();
    if (reader < 0)
        return 1;
    if (reader == 0)
        return close(ends[1]) < 0 || child(ends[0]);
    if (close(ends[0]) < 0)
        return 1;
    usleep(100000); // 0.1 s: the reader gets there first
    int work = open("work", O_WRONLY | O_CREAT, 0600);
    if (work < 0 || write(work, "other work", 10) != 10 || close(work) < 0) // step: other work
        return 1;
    if (write(ends[1], "hello", 5) != 5)         // step: write
        return 1;
    int status;
    return waitpid(reader, &status, 0) < 0 || status != 0;
}
