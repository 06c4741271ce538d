/* Stops in odd places: deep recursion, an alternate stack, alloca, threads, tail calls, longjmp, inlining. */
#include <alloca.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static jmp_buf back;

static void down(int depth)
{
    char *room = alloca(depth * 16 + 16);
    memset(room, 0, depth * 16 + 16);
    if (depth == 0)
        write(1, room, 1);
    else
        down(depth - 1);
    if (depth % 10 == 0)
        write(1, room, 2);
}

static void on_alternate_stack(int number)
{
    write(1, "alt", number > 0 ? 3 : 0);
    fflush(stdout);
}

static inline __attribute__((always_inline)) void expanded(int n)
{
    for (int i = 0; i < n; i++)
        write(1, "i", 1);
    fsync(1);
}

static void *thread(void *name)
{
    printf("%s", (char *)name);
    fflush(stdout);
    write(1, name, 1);
    return NULL;
}

static void jump(void)
{
    write(1, "j", 1);
    longjmp(back, 1);
}

static int tail(const char *text)
{
    return puts(text);
}

int main(void)
{
    static char other[65536];
    stack_t stack = {.ss_sp = other, .ss_size = sizeof other};
    struct sigaction action = {.sa_handler = on_alternate_stack, .sa_flags = SA_ONSTACK};
    down(100);
    sigaltstack(&stack, NULL);
    sigaction(SIGUSR2, &action, NULL);
    raise(SIGUSR2);
    expanded(2);
    expanded(1);
#ifndef NO_THREAD
    pthread_t one;
    pthread_create(&one, NULL, thread, "t");
    pthread_join(one, NULL);
#else
    thread("t");
#endif
    if (setjmp(back) == 0)
        jump();
    tail("x");
    fflush(stdout);
    setbuf(stdout, NULL);
    if (puts("y") < 0)
        return 1;
    exit(3);
}
