/* Three clients connect to a socket with room for one connection that nobody accepts; argv[1] is "tcp" or "unix". */
#include <arpa/inet.h>
#include <err.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "full" };
	int tcp = argc > 1 && strcmp(argv[1], "tcp") == 0;
	struct sockaddr *where = tcp ? (struct sockaddr *)&in : (struct sockaddr *)&un;
	socklen_t size = tcp ? sizeof in : sizeof un;
	struct timespec some = { .tv_nsec = 100000000 };
	pid_t children[3];
	int listener = socket(where->sa_family, SOCK_STREAM, 0);
	if (listener < 0) err(1, "socket");
	if (bind(listener, where, size) < 0) err(1, "bind");
	if (listen(listener, 0) < 0) err(1, "listen");
	if (getsockname(listener, where, &size) < 0) err(1, "getsockname");
	for (int i = 0; i < 3; i++) {
		if ((children[i] = fork()) < 0) err(1, "fork");
		if (children[i] == 0) {
			int fd = socket(where->sa_family, SOCK_STREAM, 0);
			if (fd < 0) err(1, "socket");
			if (connect(fd, where, size) < 0) err(1, "connect");
			for (;;) pause();
		}
	}
	if (nanosleep(&some, NULL) < 0) err(1, "nanosleep");
	for (int i = 0; i < 3; i++)
		if (kill(children[i], SIGKILL) < 0 || wait(NULL) < 0) err(1, "kill");
	return 0;
}
