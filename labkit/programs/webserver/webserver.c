/* Serves the files below the folder it is started in on 127.0.0.1: webserver PORT [SECONDS]. Port 0: the kernel chooses.
   A process for each connection. SECONDS are given to a client to ask, and to take each part of the answer.

   Of HTTP/1.1 it claims: RFC 9112, with one request a connection and no content; of RFC 9110 the methods GET and HEAD,
   the statuses below, Host, Date, Connection, Content-Length, Content-Type, Allow. Not: ranges, conditions, choices. */
#include "http.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CHILDREN = 200 }; // at most; who comes then waits in the listen queue

static const char *const SAYS[] = {
    [200] = "200 OK", [400] = "400 Bad Request", [403] = "403 Forbidden", [404] = "404 Not Found",
    [405] = "405 Method Not Allowed", [408] = "408 Request Timeout", [413] = "413 Content Too Large",
    [414] = "414 URI Too Long", [431] = "431 Request Header Fields Too Large", [500] = "500 Internal Server Error",
    [501] = "501 Not Implemented", [505] = "505 HTTP Version Not Supported",
};

static int answer(int to, int status, int is_head, const struct found *it)
{
    char head[512], date[64];
    time_t at = time(NULL);
    struct tm *utc = gmtime(&at);
    if (utc == NULL || strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", utc) == 0)
        return -1;
    int size = snprintf(head, sizeof head,
                        "HTTP/1.1 %s\r\n%sContent-Type: %s\r\nDate: %s\r\n"
                        "Content-Length: %lld\r\nConnection: close\r\n\r\n%s",
                        SAYS[status], status == 405 ? "Allow: GET, HEAD\r\n" : "", it->type, date, (long long)it->size,
                        status == 200 || is_head ? "" : SAYS[status]);
    ssize_t put;
    for (int sent = 0; sent < size; sent += put)
        if ((put = send(to, head + sent, size - sent, 0)) < 0) // step: answer
            return -1;
    return status == 200 && !is_head ? send_found(to, it) : 0;
}

static int serve(int to, int folder, int seconds)
{
    static char head[HEAD + 1];
    struct found it;
    struct timeval most = {.tv_sec = seconds};
    char *target;
    if (setsockopt(to, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most) < 0 ||
        setsockopt(to, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most) < 0)
        return 1;
    int status = read_head(to, seconds, head);
    int is_head = strncmp(head + strspn(head, "\r\n"), "HEAD ", 5) == 0;
    if (status == 200 && (status = parse_head(head, &target)) == 200)
        status = open_below(folder, target, &it);
    if (status == 0)
        return 0; // it connected and said nothing
    if (status != 200)
        it = (struct found){.file = -1, .size = strlen(SAYS[status]), .type = "text/plain"};
    if (answer(to, status, is_head, &it) < 0 || shutdown(to, SHUT_WR) < 0)
        return 1;
    // RFC 9112, 9.6: bytes that nobody read would make close a reset, and the answer might be lost by it.
    for (time_t until = time(NULL) + seconds; time(NULL) < until && recv(to, head, HEAD, 0) > 0;) // step: linger
        ;
    return 0;
}

static void wake(int number) // accept is to return when a child has ended
{
    (void)number;
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sigaction on_end = {.sa_handler = wake};
    int seconds = argc > 2 ? atoi(argv[2]) : 10, children = 0;
    if (argc < 2 || seconds < 1)
        return 2;
    at.sin_port = htons(atoi(argv[1]));
    int folder = open(".", O_RDONLY | O_DIRECTORY), door = socket(AF_INET, SOCK_STREAM, 0);
    if (folder < 0 || door < 0 || setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) < 0 ||
        bind(door, (struct sockaddr *)&at, sizeof at) < 0 || listen(door, SOMAXCONN) < 0 ||
        sigaction(SIGCHLD, &on_end, NULL) < 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR) {
        perror("webserver"); // step: listen
        return 1;
    }
    for (;;) {
        while (children > 0 && waitpid(-1, NULL, children < CHILDREN ? WNOHANG : 0) > 0)
            children--;
        int one = accept(door, NULL, NULL); // step: accept
        pid_t child = one < 0 ? -1 : fork();
        if (child == 0)
            return close(door) < 0 || serve(one, folder, seconds); // its end closes all
        children += child > 0;
        if (child < 0 && errno != EINTR && errno != ECONNABORTED) {
            perror("webserver"); // no more processes or memory for now: this client is left, not all of them
            sleep(1);
        }
        if (one >= 0 && close(one) < 0)
            return 1;
    }
}
