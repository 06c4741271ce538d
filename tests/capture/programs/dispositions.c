/* Names every signal that is not at its default, or blocked. */
#include <signal.h>
#include <stdio.h>

int main(void)
{
    sigset_t blocked;
    sigprocmask(SIG_SETMASK, NULL, &blocked);
    for (int number = 1; number < NSIG; number++) {
        struct sigaction now;
        if (sigaction(number, NULL, &now) == 0 && now.sa_handler != SIG_DFL)
            printf("%d not default\n", number);
        if (sigismember(&blocked, number) == 1)
            printf("%d blocked\n", number);
    }
    printf("looked\n");
    return 0;
}
