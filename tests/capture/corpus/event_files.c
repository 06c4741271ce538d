#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

int main(void)
{
    uint64_t count = 3;
    sigset_t set;
    struct signalfd_siginfo info;
    struct itimerspec soon = {.it_value.tv_nsec = 1000000};
    int event = eventfd(0, 0), timer = timerfd_create(CLOCK_MONOTONIC, 0);
    write(event, &count, 8);
    read(event, &count, 8);
    timerfd_settime(timer, 0, &soon, NULL);
    read(timer, &count, 8);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int signals = signalfd(-1, &set, SFD_CLOEXEC);
    kill(getpid(), SIGUSR1);
    return read(signals, &info, sizeof info) != sizeof info;
}
