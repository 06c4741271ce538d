#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/sendfile.h>
#include <unistd.h>

int main(void)
{
    int pipefd[2], in = open("/etc/passwd", O_RDONLY), out = open("out", O_RDWR | O_CREAT, 0644);
    off_t from = 10;
    pipe(pipefd);
    sendfile(out, in, &from, 20);
    sendfile(out, in, NULL, 5);
    splice(in, NULL, pipefd[1], NULL, 30, 0);
    tee(pipefd[0], pipefd[1], 0, 0);
    splice(pipefd[0], NULL, out, NULL, 30, SPLICE_F_MOVE);
    copy_file_range(in, NULL, out, NULL, 10, 0);
    return close(out);
}
