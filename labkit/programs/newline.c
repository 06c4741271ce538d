/* A whole line, a pause, another line: does the newline send the first one off? */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    printf("first\n");  // step: first
    sleep(1);           // step: pause
    printf("second\n"); // step: second
    return 0;           // step: end
}
