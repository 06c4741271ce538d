/* A file as a channel: the producer has written and ended before the consumer begins. */
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

static int produce(void)
{
    int to = open("channel", O_WRONLY | O_CREAT | O_EXCL, 0644);
    if (to < 0)
        return 1;
    return write(to, "one\n", 4) != 4 || write(to, "two\n", 4) != 4 || close(to) < 0; // step: produce
}

static int consume(void)
{
    char bytes[16];
    ssize_t n;
    int from = open("channel", O_RDONLY);
    if (from < 0)
        return 1;
    while ((n = read(from, bytes, sizeof bytes)) > 0) // step: consume
        if (write(STDOUT_FILENO, bytes, n) != n)
            return 1;
    return n < 0 || close(from) < 0;
}

int main(void)
{
    pid_t producer = fork();
    if (producer < 0)
        return 1;
    if (producer == 0)
        return produce();
    int status;
    if (waitpid(producer, &status, 0) < 0 || status != 0) // step: the producer has ended
        return 1;
    return consume();
}
