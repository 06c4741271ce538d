/* A line printed before fork, once. How often does it come out? */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    printf("before\n");  // step: before
    pid_t child = fork(); // step: fork
    if (child < 0) {
        perror("fork");
        return 1;
    }
    if (child == 0) {
        printf("child\n"); // step: child
        return 0;
    }
    if (wait(NULL) < 0)
        return 1;
    printf("parent\n");    // step: parent
    return 0;
}
