/* A process with argv[1] connections to its parent, which accepts half of them, answers a few and leaves. */
#include <arpa/inet.h>
#include <err.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 1000 };

static void client(const struct sockaddr_in *where, int count)
{
	int fds[MOST];
	char byte = 'x';
	for (int i = 0; i < count; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM, 0);
		if (fds[i] < 0) err(1, "socket");
		if (connect(fds[i], (const struct sockaddr *)where, sizeof *where) < 0) err(1, "connect");
		if (i % 10 == 0 && write(fds[i], "hello", 5) < 0) err(1, "write");
	}
	if (read(fds[0], &byte, 1) < 0) err(1, "read");
	exit(0);
}

int main(int argc, char **argv)
{
	struct sockaddr_in where = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof where;
	int count = argc > 1 ? atoi(argv[1]) : 3;
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	if (listener < 0 || count > MOST) err(1, "socket");
	if (bind(listener, (struct sockaddr *)&where, size) < 0) err(1, "bind");
	if (listen(listener, count) < 0) err(1, "listen");
	if (getsockname(listener, (struct sockaddr *)&where, &size) < 0) err(1, "getsockname");
	pid_t child = fork();
	if (child < 0) err(1, "fork");
	if (child == 0) client(&where, count);
	char word[8];
	int first = -1;
	for (int i = 0; i < count / 2; i++) {
		int fd = accept(listener, NULL, NULL);
		if (fd < 0) err(1, "accept");
		if (first < 0) first = fd;
		if (i % 20 == 0 && read(fd, word, sizeof word) < 0) err(1, "read");
	}
	if (write(first, "!", 1) < 0) err(1, "write");
	if (wait(NULL) < 0) err(1, "wait");
	return 0;
}
