/* Five writes of 16,384 bytes into a pipe that has room for 65,536. What does the fifth do? */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BLOCK = 16384 };
static char block[BLOCK];

static int reader(int from)
{
    ssize_t n;
    while ((n = read(from, block, BLOCK)) > 0)    // step: read
        ;
    return n < 0;
}

int main(void)
{
    int ends[2];
    memset(block, 'x', BLOCK);
    if (pipe(ends) < 0)
        return 1;
    pid_t child = fork();
    if (child < 0)
        return 1;
    if (child == 0) {
        usleep(100000);                           // 0.1 s: the writer gets there first
        return close(ends[1]) < 0 || reader(ends[0]);
    }
    if (close(ends[0]) < 0)
        return 1;
    for (int i = 0; i < 5; i++)
        if (write(ends[1], block, BLOCK) != BLOCK) // step: write
            return 1;
    if (close(ends[1]) < 0)                       // step: close
        return 1;
    int status;
    return waitpid(child, &status, 0) < 0 || status != 0;
}
