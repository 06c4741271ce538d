/* A TCP server on loopback with a process for each connection, and the three clients that it forked before. */
#include <arpa/inet.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void client(const struct sockaddr_in *where, char name)
{
	char word[] = "hello from ?", answer[64];
	word[sizeof word - 2] = name;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0) err(1, "socket");
	if (connect(fd, (const struct sockaddr *)where, sizeof *where) < 0) err(1, "connect");
	if (write(fd, word, strlen(word)) < 0) err(1, "write");
	if (read(fd, answer, sizeof answer) < 0) err(1, "read");
	exit(0);
}

static void serve(int fd)
{
	char word[64];
	ssize_t count = read(fd, word, sizeof word);
	if (count < 0) err(1, "read");
	if (write(fd, word, (size_t)count) < 0) err(1, "write");
	exit(0);
}

int main(void)
{
	struct sockaddr_in where = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof where;
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	if (listener < 0) err(1, "socket");
	if (bind(listener, (struct sockaddr *)&where, size) < 0) err(1, "bind");
	if (listen(listener, 5) < 0) err(1, "listen");
	if (getsockname(listener, (struct sockaddr *)&where, &size) < 0) err(1, "getsockname");
	for (int i = 0; i < 3; i++) {
		pid_t child = fork();
		if (child < 0) err(1, "fork");
		if (child == 0) {
			if (close(listener) < 0) err(1, "close");
			client(&where, "abc"[i]);
		}
	}
	for (int i = 0; i < 3; i++) {
		int fd = accept(listener, NULL, NULL);
		if (fd < 0) err(1, "accept");
		pid_t child = fork();
		if (child < 0) err(1, "fork");
		if (child == 0) {
			if (close(listener) < 0) err(1, "close");
			serve(fd);
		}
		if (close(fd) < 0) err(1, "close");
	}
	while (wait(NULL) > 0) continue;
	return 0;
}
