/*
 * A server and a client on loopback, each following a script of its own, a letter a call: talk SERVER CLIENT [ADDRESS]
 *
 *   l (anywhere) it listens   a accept   c connect   n connect without waiting   w write 5 bytes   W write 300,000 bytes
 *   r read once   e read to the end   s shut down for writing   b shut down for both   z make close reset
 *   x close    L close the listening socket   p pause for 0.2 s   6 (first letter of the server) speak IPv6
 *   t read what the kernel says of all TCP sockets (proc_net_tcp(5))   S have ss(8) say it
 *
 * The child is the client. Errors are printed and do not end it: some are what is to be seen.
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sockaddr_storage place;
static socklen_t size;
static char data[300000];

static int look(void)
{
	int fd = open("/proc/self/net/tcp", O_RDONLY);
	ssize_t got = read(fd, data, 4096);
	close(fd);
	return got > 0 ? 0 : -1;
}

static void follow(const char *script, int lfd)
{
	struct linger reset = {.l_onoff = 1, .l_linger = 0};
	int fd = -1;
	long result = 0;
	for (; *script; script++) {
		switch (*script) {
		case 'a': result = fd = accept(lfd, NULL, NULL); break;
		case 'n':
		case 'c':
			if (fd == -1)
				fd = socket(place.ss_family, SOCK_STREAM | (*script == 'n' ? SOCK_NONBLOCK : 0), 0);
			result = connect(fd, (struct sockaddr *)&place, size);
			break;
		case 'w': result = write(fd, "hello", 5); break;
		case 'W': result = write(fd, data, sizeof data); break;
		case 'r': result = read(fd, data, sizeof data); break;
		case 'e': while ((result = read(fd, data, sizeof data)) > 0) ; break;
		case 's': result = shutdown(fd, SHUT_WR); break;
		case 'b': result = shutdown(fd, SHUT_RDWR); break;
		case 'z': result = setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset); break;
		case 'x': result = close(fd); fd = -1; break;
		case 'L': result = close(lfd); break;
		case 't': result = look(); break;
		case 'S': result = system("ss -Htan"); break;
		case 'p': result = usleep(200000); break;
		}
		if (result == -1)
			warn("%c", *script);
	}
}

int main(int argc, char **argv)
{
	if (argc < 3)
		errx(2, "usage: talk SERVER CLIENT");
	struct sockaddr_in *four = (struct sockaddr_in *)&place;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&place;
	size = argv[1][0] == '6' ? sizeof *six : sizeof *four;
	place.ss_family = argv[1][0] == '6' ? AF_INET6 : AF_INET;
	if (argv[1][0] != '6')
		four->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	signal(SIGPIPE, SIG_IGN);
	int lfd = socket(place.ss_family, SOCK_STREAM, 0);
	if (lfd == -1 || bind(lfd, (struct sockaddr *)&place, size) == -1 ||
	    getsockname(lfd, (struct sockaddr *)&place, &size) == -1)
		err(1, "bind");
	if (argv[1][0] == '6')
		six->sin6_addr = in6addr_loopback;
	if (strchr(argv[1], 'l') && listen(lfd, 1) == -1)
		err(1, "listen");
	pid_t child = fork();
	if (child == -1)
		err(1, "fork");
	if (child == 0) {
		close(lfd);
		follow(argv[2], -1);
		exit(0);
	}
	follow(argv[1], lfd);
	if (waitpid(child, NULL, 0) == -1)
		err(1, "wait");
	return 0;
}
