/* One process asleep in poll, one in epoll_wait, each on a listening socket and one end of a pair of sockets. */
#include <arpa/inet.h>
#include <err.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
	struct sockaddr_in where = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timespec some = { .tv_nsec = 100000000 };
	struct epoll_event event = { .events = EPOLLIN };
	pid_t children[2];
	int pair[2], listener = socket(AF_INET, SOCK_STREAM, 0);
	if (listener < 0) err(1, "socket");
	if (bind(listener, (struct sockaddr *)&where, sizeof where) < 0) err(1, "bind");
	if (listen(listener, 5) < 0) err(1, "listen");
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0) err(1, "socketpair");
	if ((children[0] = fork()) < 0) err(1, "fork");
	if (children[0] == 0) {
		struct pollfd both[] = { { .fd = listener, .events = POLLIN }, { .fd = pair[0], .events = POLLIN } };
		if (poll(both, 2, -1) < 0) err(1, "poll");
		return 0;
	}
	if ((children[1] = fork()) < 0) err(1, "fork");
	if (children[1] == 0) {
		int set = epoll_create1(0);
		if (set < 0) err(1, "epoll_create1");
		if (epoll_ctl(set, EPOLL_CTL_ADD, listener, &event) < 0) err(1, "epoll_ctl");
		if (epoll_ctl(set, EPOLL_CTL_ADD, pair[0], &event) < 0) err(1, "epoll_ctl");
		if (epoll_ctl(set, EPOLL_CTL_ADD, pair[1], &event) < 0) err(1, "epoll_ctl");
		if (epoll_ctl(set, EPOLL_CTL_DEL, pair[1], NULL) < 0) err(1, "epoll_ctl");
		if (epoll_wait(set, &event, 1, -1) < 0) err(1, "epoll_wait");
		return 0;
	}
	if (close(listener) < 0 || close(pair[0]) < 0 || close(pair[1]) < 0) err(1, "close");
	if (nanosleep(&some, NULL) < 0) err(1, "nanosleep");
	for (int i = 0; i < 2; i++)
		if (kill(children[i], SIGKILL) < 0 || wait(NULL) < 0) err(1, "kill");
	return 0;
}
