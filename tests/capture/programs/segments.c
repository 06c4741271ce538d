/* A client and a server of its own, which do with a TCP connection what argv[1] says; over IPv6 if there is an argv[2]. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LARGE = 300000 };
static struct sockaddr_storage at;
static socklen_t size;
static char bytes[LARGE];

static void must(int ok, const char *what) { if (!ok) { perror(what); exit(9); } }

static size_t all(int fd, size_t wanted)
{
	size_t have = 0;
	for (ssize_t n; have < wanted && (n = read(fd, bytes, wanted - have)) > 0; have += (size_t)n) { }
	return have;
}

static int client(const char *what)
{
	struct linger hard = { 1, 0 };
	int fd = socket(at.ss_family, SOCK_STREAM, 0);
	int refused = connect(fd, (struct sockaddr *)&at, size) < 0;
	if (strcmp(what, "refused") == 0) return !(refused && errno == ECONNREFUSED);
	must(!refused, "connect");
	if (strcmp(what, "talk") == 0) { must(write(fd, "hello", 5) == 5, "write"); must(all(fd, 7) == 7, "read"); }
	if (strcmp(what, "reset") == 0) { must(write(fd, "hello", 5) == 5, "write"); setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard); }
	if (strcmp(what, "half") == 0) { must(write(fd, "x", 1) == 1, "write"); shutdown(fd, SHUT_WR); must(all(fd, 9) == 6, "read"); }
	if (strcmp(what, "large") == 0) for (size_t done = 0; done < LARGE; ) { ssize_t n = write(fd, bytes, LARGE - done); must(n > 0, "write"); done += (size_t)n; }
	if (strcmp(what, "unread") == 0) must(recv(fd, bytes, 3, MSG_PEEK | MSG_WAITALL) == 3, "recv");
	return close(fd);
}

static void server(int listener, const char *what)
{
	int fd = accept(listener, NULL, NULL);
	must(fd >= 0, "accept");
	if (strcmp(what, "talk") == 0) { must(all(fd, 5) == 5, "read"); must(write(fd, "goodbye", 7) == 7, "write"); }
	if (strcmp(what, "half") == 0) { must(all(fd, 9) == 1, "read"); must(write(fd, "answer", 6) == 6, "write"); }
	if (strcmp(what, "large") == 0) must(all(fd, LARGE) == LARGE, "read");
	if (strcmp(what, "unread") == 0) must(write(fd, "abc", 3) == 3, "write");
	while (read(fd, bytes, sizeof bytes) > 0) { }
	close(fd);
}

int main(int argc, char **argv)
{
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int status = 0;
	if (argc < 2 || strcmp(argv[1], "none") == 0) return 0;
	size = argc > 2 ? sizeof six : sizeof four;
	memcpy(&at, argc > 2 ? (void *)&six : (void *)&four, size);
	int listener = socket(at.ss_family, SOCK_STREAM, 0);
	must(bind(listener, (struct sockaddr *)&at, size) == 0, "bind");
	must(getsockname(listener, (struct sockaddr *)&at, &size) == 0, "getsockname");
	if (strcmp(argv[1], "refused") == 0) { close(listener); return client(argv[1]); }
	must(listen(listener, 5) == 0, "listen");
	pid_t pid = fork();
	if (pid == 0) { close(listener); exit(client(argv[1])); }
	server(listener, argv[1]);
	must(waitpid(pid, &status, 0) == pid, "waitpid");
	return status != 0;
}
