/* Leaves a child behind in a session of its own, holding on to standard output. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    if (fork() == 0) {
        setsid();
        for (;;)
            pause();
    }
    printf("parent leaves\n");
    return 0;
}
