/* The consumer comes while the producer is still at work. When does it take the file for ended? */
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

static int produce(int to)
{
    if (write(to, "one\n", 4) != 4)                           // step: produce one
        return 1;
    usleep(200000);                                           // 0.2 s of work
    return write(to, "two\n", 4) != 4 || close(to) < 0;       // step: produce two
}

static int consume(void)
{
    char bytes[16];
    ssize_t n;
    int from = open("channel", O_RDONLY);
    if (from < 0)
        return 1;
    while ((n = read(from, bytes, sizeof bytes)) > 0)         // step: consume
        if (write(STDOUT_FILENO, bytes, n) != n)
            return 1;
    return n < 0 || close(from) < 0;
}

int main(void)
{
    int status, to = open("channel", O_WRONLY | O_CREAT | O_EXCL, 0644);
    if (to < 0)
        return 1;
    pid_t producer = fork();
    if (producer < 0)
        return 1;
    if (producer == 0)
        return produce(to);
    usleep(100000);                                           // 0.1 s: the first line is there
    if (close(to) < 0 || consume())
        return 1;
    return waitpid(producer, &status, 0) < 0 || status != 0;
}
