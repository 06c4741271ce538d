/* One word in a pipe, and two processes that read from it. Who gets the word? */
#include <sys/wait.h>
#include <unistd.h>

static int reader(int ends[2])
{
    char word[4];
    if (close(ends[1]) < 0)
        return 1;
    return read(ends[0], word, sizeof word) < 0; // step: read
}

int main(void)
{
    int ends[2], bad = 0;
    if (pipe(ends) < 0)
        return 1;
    for (int i = 0; i < 2; i++) {
        pid_t child = fork();
        if (child < 0)
            return 1;
        if (child == 0)
            return reader(ends);
    }
    if (write(ends[1], "word", 4) != 4)          // step: write
        return 1;
    if (close(ends[0]) < 0 || close(ends[1]) < 0)
        return 1;
    for (int i = 0, status; i < 2; i++)
        bad |= wait(&status) < 0 || status != 0;
    return bad;
}
