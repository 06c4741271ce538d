/*
 * Does to sockets what argv[1] says, a letter and digits each, separated by blanks; what fails, fails quietly:
 *   s6 2     a stream socket of IPv4 (4), IPv6 (6) or UNIX (1) as number 2      p1 2     a socketpair as 1 and 2
 *   b1       bind 1 to a free port on loopback, or a path                        l1 5     listen, with backlog 5
 *   c2 1     connect 2 to where 1 is bound                                       a1 3     accept from 1 as 3
 *   w2 100   write 100 bytes      r2 100   read up to 100      h2   shutdown for writing      x2   close
 *   f        fork a child that does nothing, and so holds everything             k        end it
 *   ?        print what the kernel says: /proc/net/tcp, tcp6 (lines with a port of b or l), unix
 * Nothing ever waits: every socket is non-blocking. With argv[2], a shell command, "!" runs that.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SOCKETS = 100, ROOM = 1 << 22 };
static int fds[SOCKETS], families[SOCKETS], ports_known;
static char ports[SOCKETS][12];
static char buffer[ROOM];

static socklen_t address(int number, struct sockaddr_storage *where)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	snprintf(un.sun_path, sizeof un.sun_path, "sock.%d", number);
	memset(where, 0, sizeof *where);
	if (families[number] == AF_INET) return memcpy(where, &in, sizeof in), (socklen_t)sizeof in;
	if (families[number] == AF_INET6) return memcpy(where, &in6, sizeof in6), (socklen_t)sizeof in6;
	return memcpy(where, &un, sizeof un), (socklen_t)sizeof un;
}

static void note_port(int fd)
{
	struct sockaddr_storage where;
	socklen_t size = sizeof where;
	if (ports_known == SOCKETS || getsockname(fd, (struct sockaddr *)&where, &size) < 0) return;
	int port = where.ss_family == AF_UNIX ? 0 : ntohs(((struct sockaddr_in *)&where)->sin_port);
	if (port) snprintf(ports[ports_known++], sizeof ports[0], ":%04X ", port);
}

static bool is_ours(const char *line)
{
	for (int i = 0; i < ports_known; i++)
		if (strstr(line, ports[i])) return true;
	return false;
}

/* What a file in /proc says, of the tables of TCP only the lines with one of our ports: others are busy, too. */
static void show(const char *path, bool all)
{
	size_t had = 0;
	ssize_t count;
	int fd = open(path, O_RDONLY);
	if (fd < 0) return;
	while ((count = read(fd, buffer + had, ROOM - 1 - had)) > 0) had += (size_t)count;
	close(fd);
	buffer[had] = 0;
	dprintf(1, "%s\n", path);
	for (char *line = strtok(buffer, "\n"); line; line = strtok(NULL, "\n"))
		if (all || is_ours(line)) dprintf(1, "%s\n", line);
}

static void act(char what, int one, int two, const char *command, pid_t *child)
{
	struct sockaddr_storage where;
	socklen_t size = sizeof where;
	int pair[2];
	switch (what) {
	case 's':
		families[two] = one == 4 ? AF_INET : one == 6 ? AF_INET6 : AF_UNIX;
		fds[two] = socket(families[two], SOCK_STREAM | SOCK_NONBLOCK, 0);
		break;
	case 'p':
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) < 0) err(1, "socketpair");
		fds[one] = pair[0];
		fds[two] = pair[1];
		break;
	case 'b': size = address(one, &where); 
		if (bind(fds[one], (struct sockaddr *)&where, size) == 0) note_port(fds[one]);
		break;
	case 'l':
		if (listen(fds[one], two) == 0) note_port(fds[one]);
		break;
	case 'c':
		if (families[two] == AF_UNIX) size = address(two, &where);
		else if (getsockname(fds[two], (struct sockaddr *)&where, &size) < 0) break;
		connect(fds[one], (struct sockaddr *)&where, size);
		break;
	case 'a': fds[two] = accept4(fds[one], NULL, NULL, SOCK_NONBLOCK); families[two] = families[one]; break;
	case 'w': memset(buffer, 'x', (size_t)two); if (write(fds[one], buffer, (size_t)two) < 0) break; break;
	case 'r': if (read(fds[one], buffer, (size_t)two) < 0) break; break;
	case 'h': shutdown(fds[one], SHUT_WR); break;
	case 'x': close(fds[one]); fds[one] = -1; break;
	case 'f':
		if (*child || (*child = fork()) != 0) break;
		for (;;) pause();
	case 'k':
		if (*child && (kill(*child, SIGKILL) < 0 || wait(NULL) < 0)) err(1, "kill");
		*child = 0;
		break;
	case '!':
		if (write(1, "@@\n", 3) < 0) err(1, "write");
		if (system(command) < 0) err(1, "system");
		break;
	case '?':
		if (write(1, "@@\n", 3) < 0) err(1, "write");
		show("/proc/net/tcp", false);
		show("/proc/net/tcp6", false);
		show("/proc/net/unix", true);
		break;
	}
}

int main(int argc, char **argv)
{
	pid_t child = 0;
	signal(SIGPIPE, SIG_IGN);
	memset(fds, -1, sizeof fds);
	for (char *word = argv[1], *end; argc > 1 && *word; word = end) {
		char what = *word++;
		int one = (int)strtol(word, &end, 10);
		while (*end == ' ') end++;
		int two = *end >= '0' && *end <= '9' ? (int)strtol(end, &end, 10) : 0;
		while (*end == ' ') end++;
		act(what, one, two, argc > 2 ? argv[2] : "true", &child);
	}
	act('k', 0, 0, "", &child);
	return 0;
}
