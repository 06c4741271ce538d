/* Passes every shape of argument memory to system calls, good and bad. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

enum { PAGE = 4096 };

static char *last_page(void)           /* one readable page with nothing behind it */
{
    char *two = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(two + PAGE, PAGE);
    return two;
}

static void strings(void)
{
    static char long_path[5000];
    char *edge = last_page();
    access("plain", F_OK);
    access("", F_OK);
    access(NULL, F_OK);
    access((char *)1, F_OK);
    memset(long_path, 'l', sizeof long_path - 1);
    access(long_path, F_OK);
    memset(edge, 'e', PAGE);
    access(edge + PAGE - 5, F_OK);     /* not ended where the mapping ends */
    edge[PAGE - 1] = 0;
    access(edge + PAGE - 5, F_OK);
    access(edge + 1000, F_OK);         /* longer than one look, within the page */
}

static void buffers(int fd)
{
    static char big[10000];
    char *edge = last_page();
    memset(big, 'b', sizeof big);
    memset(edge, 'x', PAGE);
    if (write(fd, "small", 5) + write(fd, big, sizeof big) + write(fd, "", 0) + write(fd, NULL, 7) + write(fd, edge + PAGE - 3, 8) == 0)
        _exit(1);
}

static void vectors(void)
{
    int ends[2];
    char one[2], two[10];
    struct iovec out[3] = { { "ab", 2 }, { "", 0 }, { "cdefg", 5 } }, in[2] = { { one, 2 }, { two, 10 } };
    if (pipe(ends) < 0 || writev(ends[1], out, 3) != 7 || readv(ends[0], in, 2) != 7) _exit(1);
    if (writev(ends[1], NULL, 2) >= 0) _exit(1);
}

static void messages(void)
{
    int one = socket(AF_INET, SOCK_DGRAM, 0), two = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } }, from;
    socklen_t size = sizeof at;
    bind(one, (void *)&at, size);
    getsockname(one, (void *)&at, &size);
    sendto(two, "to", 2, 0, (void *)&at, size);
    char data[8], more[8];
    size = sizeof from;
    recvfrom(one, data, sizeof data, 0, (void *)&from, &size);
    struct iovec parts[2] = { { "he", 2 }, { "llo", 3 } };
    struct msghdr message = { &at, sizeof at, parts, 2, NULL, 0, 0 };
    sendmsg(two, &message, 0);
    struct iovec into = { data, sizeof data };
    struct msghdr got = { &from, sizeof from, &into, 1, NULL, 0, 0 };
    recvmsg(one, &got, 0);
    struct mmsghdr several[2] = { { message, 0 }, { message, 0 } };
    sendmmsg(two, several, 2, 0);
    struct iovec each[2] = { { data, sizeof data }, { more, sizeof more } };
    struct mmsghdr back[2] = { { { NULL, 0, &each[0], 1, NULL, 0, 0 }, 0 }, { { NULL, 0, &each[1], 1, NULL, 0, 0 }, 0 } };
    recvmmsg(one, back, 2, 0, NULL);
}

static void arrays(void)
{
    int ends[2], epoll = epoll_create1(0);
    if (pipe(ends) < 0 || write(ends[1], "r", 1) != 1) _exit(1);
    struct pollfd polled[2] = { { ends[0], POLLIN, 0 }, { ends[1], POLLOUT, 0 } };
    poll(polled, 2, 1000);
    struct epoll_event event = { EPOLLIN, { .u64 = 0x1122334455667788 } }, events[8];
    epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event);
    epoll_wait(epoll, events, 8, 1000);
}

int main(void)
{
    struct stat status;
    strings();
    buffers(open("/dev/null", O_WRONLY));
    vectors();
    messages();
    arrays();
    fstat(99, &status);
    static char *arguments[71], *none[] = { NULL };
    for (int i = 0; i < 70; i++) arguments[i] = "argument";
    execve("/no/such/program", arguments, none);
    return 0;
}
